using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ShowTell.Fuzz;

/// <summary>Changes JSON as JSON: types, numbers, depth, names that occur twice.</summary>
internal static class JsonMutator
{
    private const string Twice = "\u0001twice";

    private static readonly string[] s_values =
    [
        "null", "true", "false", "0", "-1", "1", "2147483647", "2147483648", "9223372036854775807",
        "9223372036854775808", "18446744073709551616", "1e308", "1e400", "-0.0", "1.5", "1e-400", "\"\"", "\"x\"",
        "\"0\"", "\"\\ud800\"", "\"\\u0000\"", "\"../../x.jpg\"", "\"/etc/x.jpg\"", "\"<NULL>\"", "\"a b\\nc\"", "[]",
        "{}", "[null]", "[[[]]]", "[1,2,3]", "{\"a\":{}}", "[{}]", "[\"a\",\"a\"]", "\"\\u001b[31m\"", "\"NaN\"",
    ];

    /// <summary>Changes a document, or one of its lines; bytes that are no JSON stay as they are.</summary>
    public static byte[] Change(byte[] input, Random random)
    {
        string text = Encoding.UTF8.GetString(input);
        string[] lines = text.TrimEnd().Split('\n');
        bool isLines = lines.Length > 1 && lines[1] is ['{', ..];
        int at = isLines ? random.Next(lines.Length) : -1;
        string? changed = ChangeText(isLines ? lines[at] : text, random);
        if (changed is null)
        {
            return input;
        }

        if (isLines)
        {
            lines[at] = changed;
            changed = string.Join('\n', lines);
        }

        return Encoding.UTF8.GetBytes(changed);
    }

    /// <summary>Changes the header of a safetensors file, and its length with it.</summary>
    public static byte[] ChangeHeader(byte[] input, Random random)
    {
        if (input.Length < 8 || BinaryPrimitives.ReadUInt64LittleEndian(input) > (ulong)(input.Length - 8))
        {
            return input;
        }

        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(input);
        string? changed = ChangeText(Encoding.UTF8.GetString(input, 8, length), random);
        if (changed is null)
        {
            return input;
        }

        byte[] header = Encoding.UTF8.GetBytes(changed);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        return [.. prefix, .. header, .. input[(8 + length)..]];
    }

    private static string? ChangeText(string text, Random random)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(text);
            List<JsonNode> nodes = [];
            Collect(root, nodes, 0);
            JsonNode[] inner = [.. nodes.Where(node => node.Parent is not null)];
            if (inner.Length == 0)
            {
                return s_values[random.Next(s_values.Length)];
            }

            ChangeNode(inner[random.Next(inner.Length)], random);
            string changed = root!.ToJsonString();

            // An object cannot hold a name twice, and no number is too large to parse: text can.
            return changed.Replace("\\u0001twice", "", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static void Collect(JsonNode? node, List<JsonNode> nodes, int depth)
    {
        if (node is null || depth > 40 || nodes.Count > 10_000)
        {
            return;
        }

        nodes.Add(node);
        foreach (JsonNode? child in node switch
        {
            JsonArray array => array,
            JsonObject item => item.Select(pair => pair.Value),
            _ => Enumerable.Empty<JsonNode?>(),
        })
        {
            Collect(child, nodes, depth + 1);
        }
    }

    private static void ChangeNode(JsonNode node, Random random)
    {
        switch (random.Next(8))
        {
            case 0 when node.Parent is JsonObject parent:
                parent.Remove(node.GetPropertyName());
                break;
            case 0 when node.Parent is JsonArray array:
                array.Remove(node);
                break;
            case 1 when node.Parent is JsonObject parent:
                parent[node.GetPropertyName() + Twice] = Value(random);
                break;
            case 1 or 2 when node.Parent is JsonArray array:
                for (int copies = 1 << random.Next(8); copies > 0; copies--)
                {
                    array.Add(node.DeepClone());
                }

                break;
            case 2 when node.Parent is JsonObject parent:
                string name = node.GetPropertyName();
                JsonNode value = node.DeepClone();
                parent.Remove(name);
                parent[random.Next(2) == 0 ? name.ToUpperInvariant() + "x" : "other"] = value;
                break;
            case 3:
                JsonNode deep = node.DeepClone();
                for (int depth = 1 << random.Next(7); depth > 0; depth--)
                {
                    deep = random.Next(2) == 0 ? new JsonArray(deep) : new JsonObject { ["a"] = deep };
                }

                node.ReplaceWith(deep);
                break;
            case 4 when node is JsonValue text && text.GetValueKind() == JsonValueKind.String:
                // JSON in text, as in the metadata of a model file.
                string inner = text.GetValue<string>();
                string? changed = inner is ['{' or '[', ..] ? ChangeText(inner, random) : null;
                node.ReplaceWith(JsonValue.Create(changed ?? inner + new string('x', 1 << random.Next(12))));
                break;
            case 5 when node is JsonValue number && number.GetValueKind() == JsonValueKind.Number
                && number.TryGetValue(out long old):
                node.ReplaceWith(JsonValue.Create(old + random.Next(-2, 3)));
                break;
            case 6 when node.Parent is JsonObject parent:
                parent[random.Next(1000).ToString(CultureInfo.InvariantCulture)] = Value(random);
                break;
            default:
                node.ReplaceWith(Value(random));
                break;
        }
    }

    private static JsonNode? Value(Random random) => JsonNode.Parse(s_values[random.Next(s_values.Length)]);
}
