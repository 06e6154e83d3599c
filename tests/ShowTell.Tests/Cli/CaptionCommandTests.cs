using System.Text.Json;
using System.Text.RegularExpressions;
using ShowTell.Captioning;
using ShowTell.Tests.Captioning;
using ShowTell.Tests.Reporting;
using ShowTell.Tests.Photos;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class CaptionCommandTests
{
    [Fact]
    public async Task Captions_come_as_text_and_as_JSON_in_the_order_of_the_photos()
    {
        using var model = new PhotoModel();
        using Captioner captioner = model.Load();
        string[] photos = model.Photos(5);
        string folder = Folder(model, photos[1..4]);
        string[] names =
        [
            photos[4], Path.Combine(folder, "B.PNG"), Path.Combine(folder, "a.jpg"), Path.Combine(folder, "c.jpeg"),
            photos[0],
        ];
        GeneratedCaption[] captions = [.. names.Select(captioner.Caption)];

        string text = (await Command.RunAsync("caption", model.Path, photos[4], folder, photos[0])).Succeeded().Output;
        Assert.Equal(
            names.Zip(captions, (name, caption) => $"{name}: {caption}\n"),
            text.Split('\n')[..^1].Select(line => line + "\n"));

        JsonElement[] lines = (await Command.RunAsync(
            "caption", model.Path, photos[4], folder, photos[0], "--json")).Succeeded().JsonLines;
        Assert.All(lines, line => Assert.Equal(
            ["file", "caption", "logProbability"], line.EnumerateObject().Select(property => property.Name)));
        Assert.Equal(names, lines.Select(line => line.GetProperty("file").GetString()));
        Assert.Equal(captions, lines.Select(
            line => new GeneratedCaption(
                line.GetProperty("caption").GetString()!, line.GetProperty("logProbability").GetDouble())));
    }

    [Fact]
    public async Task Folders_in_a_folder_are_taken_if_asked_for()
    {
        using var model = new PhotoModel();
        string folder = Folder(model, model.Photos(3)), inner = Path.Combine(folder, "b");
        Directory.CreateDirectory(inner);
        File.Copy(Path.Combine(folder, "a.jpg"), Path.Combine(inner, "d.jpg"));
        Directory.CreateSymbolicLink(Path.Combine(inner, "circle"), folder);
        JsonElement[] lines = (await Command.RunAsync(
            "caption", model.Path, folder, "--recursive", "--json")).Succeeded().JsonLines;
        Assert.Equal(
            ["B.PNG", "a.jpg", "b/d.jpg", "c.jpeg"],
            lines.Select(line => Path.GetRelativePath(folder, line.GetProperty("file").GetString()!)
                .Replace('\\', '/')));
    }

    [Fact]
    public async Task A_photo_that_cannot_be_had_is_one_line_and_the_others_go_on()
    {
        using var model = new PhotoModel();
        using var server = new TestServer((_, _, _) => Task.CompletedTask);
        string photo = model.Photos(1)[0], absent = model.File("absent.jpg"), empty = model.File("empty"),
            broken = model.File("broken.png");
        string url = server.Url("/x.jpg");
        Directory.CreateDirectory(empty);
        File.WriteAllText(broken, "no photo");
        string[] line = ["caption", model.Path, absent, photo, empty, broken, url, "http://", photo];

        CommandResult result = await Command.RunAsync(line);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(2, Regex.Count(result.Output, $"(?m)^{Regex.Escape(photo)}: .*$"));
        string[] errors = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [
                $"{absent}: there is no such file.",
                $"{empty}: is a folder without photos, such as .jpg, .png or .webp files.",
                $"{url}: not a public address.", "http://: not a web address.",
            ],
            errors.Where((_, i) => i != 2).Select(error => error["showtell: ".Length..]));
        Assert.StartsWith($"showtell: {broken}: is a text file", errors[2], StringComparison.Ordinal);
        Assert.Empty(server.Requests);

        result = await Command.RunAsync([.. line, "--json"]);
        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        Assert.Equal(7, result.JsonLines.Length);
        Assert.Equal(
            $$"""{"file":{{JsonSerializer.Serialize(absent)}},"error":"there is no such file."}""",
            result.JsonLines[0].GetRawText());
    }

    [Fact]
    public async Task A_page_shows_the_photos_with_their_captions()
    {
        using var model = new PhotoModel();
        string photo = model.Photos(1)[0], page = model.File("page.html");
        string large = model.File("large.jpg"), other = model.File("other.jpg");
        File.WriteAllBytes(other, SamplePhotos.Bytes("frames.webp"));
        File.WriteAllBytes(large, [.. File.ReadAllBytes(photo), .. new byte[ShowTell.Reporting.Picture.MaxBytes]]);
        CommandResult result = await Command.RunAsync(
            "caption", model.Path, photo, large, other, model.File("absent.jpg"), "--html", page);
        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith($"page: {page}\n", result.Output, StringComparison.Ordinal);
        string html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        DataCommandTests.AssertSelfContained(html);
        Assert.Contains(
            Convert.ToBase64String(await File.ReadAllBytesAsync(photo, TestContext.Current.CancellationToken)), html,
            StringComparison.Ordinal);
        Assert.Contains("data:image/webp;base64,", html, StringComparison.Ordinal);
        Assert.Contains("large.jpg", html, StringComparison.Ordinal);
        Assert.Contains("absent.jpg: there is no such file", html, StringComparison.Ordinal);
        Assert.Contains("captioned: 3 / 4", html, StringComparison.Ordinal);
        Assert.Equal(3, Regex.Count(html, """<p class="caption" """));
        Assert.DoesNotContain(model.Folder, html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_the_model_is_one_line()
    {
        using var model = new PhotoModel();
        using var tiny = new TinyFolder();
        string photo = model.Photos(1)[0], apart = model.Save(model.Bundle, "apart.safetensors");
        (await Command.RunAsync("caption", model.File("absent"), photo)).Failed("absent: there is no such model file");
        (await Command.RunAsync("caption", apart, photo)).Failed("tiny.onnx", "--backbone");
        (await Command.RunAsync("caption", apart, photo, "--backbone", model.Network)).Succeeded();
        (await Command.RunAsync("caption", apart, photo, "--backbone", model.File("absent.onnx"))).Failed(
            "absent.onnx");
        (await Command.RunAsync("caption", model.Path, photo, "--html", model.Folder)).Failed("is a folder");
        (await Command.RunAsync("caption", await tiny.TrainAsync("m.safetensors"), photo))
            .Failed("train it from photos: showtell train PHOTOS --captions FILE --backbone NET");
    }

    [Fact]
    public async Task What_was_captioned_before_an_interruption_stays_printed()
    {
        using var model = new PhotoModel();
        string page = model.File("page.html");
        string[] photos = [.. Enumerable.Repeat(model.Photos(50), 40).SelectMany(names => names)];
        CommandResult result = await Command.RunAsync(
            ["caption", model.Path, .. photos, "--html", page], interruptAt: photos[0]);
        Assert.Equal((130, "showtell: interrupted\n"), (result.ExitCode, result.Error));
        Assert.InRange(result.Output.Split('\n').Length, 2, photos.Length - 1);
        Assert.StartsWith($"{photos[0]}: ", result.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(page));
    }

    /// <summary>
    /// A folder of three photos, B.PNG (a JPEG by its bytes), a.jpg and c.jpeg, and of a file that is none.
    /// </summary>
    private static string Folder(PhotoModel model, string[] photos)
    {
        string folder = Directory.CreateDirectory(model.File("holiday")).FullName;
        string[] names = ["a.jpg", "B.PNG", "c.jpeg"];
        foreach ((string photo, string name) in photos.Zip(names))
        {
            File.Copy(photo, Path.Combine(folder, name));
        }

        File.WriteAllText(Path.Combine(folder, "notes.txt"), "no photo");
        return folder;
    }
}
