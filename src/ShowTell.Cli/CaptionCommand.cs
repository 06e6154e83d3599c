using System.CommandLine.Parsing;
using ShowTell.Captioning;
using ShowTell.Cli.Support;
using ShowTell.Reporting;

namespace ShowTell.Cli;

/// <summary><c>showtell caption</c>: captions for people's own photos.</summary>
internal sealed class CaptionCommand
{
    /// <summary>With fewer photos than this there is nothing to wait for.</summary>
    private const int LeastForBar = 50;

    /// <summary>The most that the photos of a page may take, in bytes: browsers show no larger ones.</summary>
    private const long MaximumPageBytes = 256 << 20;

    private readonly Argument<string> _model = Options.Model();
    private readonly Argument<string[]> _photos = new("PHOTO")
    {
        Description = "Photos (JPEG, PNG), folders of them, or their addresses on the web (http, https).",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _backbone = Options.Path(
        "--backbone",
        "NET",
        "ONNX file of the network that the model was trained with. [default: the one in the model file, or beside it]");

    private readonly Option<bool> _recursive = new("--recursive")
    {
        Description = "Also take the photos of the folders in a folder.",
    };

    private readonly Option<bool> _json = Options.Json();
    private readonly Option<string> _html =
        Options.Path("--html", "PAGE", "Also write a page of photos and captions, such as page.html.");

    private readonly Option<ulong> _seed = Options.Seed();
    private readonly DecodingFlags _decoding = new();

    public Command Create()
    {
        _photos.Validators.Add(RequireNames);
        var command = new CommandWithExamples(
            "caption",
            "Caption photos with a model that was trained on photos.",
            Run,
            "showtell caption model.safetensors photo.jpg",
            "showtell caption model.safetensors holiday --recursive --html page.html",
            "showtell caption model.safetensors photo.jpg --beam 5 --n-best 3",
            "showtell caption model.safetensors holiday --json > captions.jsonl")
        {
            _model, _photos, _backbone, _recursive, _json, _html, _decoding.All, _seed,
        };
        return command;
    }

    /// <summary>An argument that takes any number of words would take a mistyped option too.</summary>
    private static void RequireNames(ArgumentResult result)
    {
        foreach (string word in result.Tokens.Select(token => token.Value))
        {
            if (word.Length == 0)
            {
                result.AddError("PHOTO is empty; the name of a file or folder was expected.");
            }
            else if (word.StartsWith('-'))
            {
                result.AddError($"there is no option \"{word}\" (and a photo of that name would be ./{word}).");
            }
        }
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        string? page = result.GetValue(_html);
        OutputPath.RequireFiles(page);
        string model = result.GetRequiredValue(_model);
        bool isJson = result.GetValue(_json);
        string[] names = PhotoInputs.Expand(result.GetRequiredValue(_photos), result.GetValue(_recursive));
        using var inputs = new PhotoInputs(() => new PictureDownloader());
        CaptionerOptions options = _decoding.ReadCaptioner(result) with
        {
            Backbone = result.GetValue(_backbone),
            Threads = names.Length == 1 ? 0 : 1,
        };
        using var captioner = Captioner.Load(model, options);
        IEnumerable<CaptionedPhoto> captions = captioner.CaptionAll(
            names, name => inputs.Fetch(name, cancellation), cancellation);

        List<CaptionedPhoto> done = names.Length >= LeastForBar && Terminal.IsInteractive(output)
            ? PrintWithBar(captions, names.Length, isJson, result.InvocationConfiguration)
            : PrintAll(captions, isJson, output.WriteLine, result.InvocationConfiguration.Error.WriteLine);
        if (page is not null)
        {
            WritePage(page, Path.GetFileName(model), captioner, inputs, done, cancellation);
            if (!isJson)
            {
                output.WriteLine($"page: {page}");
            }
        }

        return done.TrueForAll(photo => photo.Error is null) ? App.Success : App.Failure;
    }

    private static List<CaptionedPhoto> PrintAll(
        IEnumerable<CaptionedPhoto> photos, bool isJson, Action<string> print, Action<string> printError)
    {
        var done = new List<CaptionedPhoto>();
        foreach (CaptionedPhoto photo in photos)
        {
            if (isJson)
            {
                print(ToJson(photo));
            }
            else if (photo.Error is null)
            {
                foreach (GeneratedCaption caption in photo.Captions)
                {
                    print(Terminal.Plain($"{photo.Name}: {caption}"));
                }
            }
            else
            {
                printError(Terminal.Plain($"showtell: {photo.Error.Message}"));
            }

            done.Add(photo);
        }

        return done;
    }

    /// <summary>Lines of what is done above a bar. What goes to the terminal past its console would tear it.</summary>
    private static List<CaptionedPhoto> PrintWithBar(
        IEnumerable<CaptionedPhoto> photos, int count, bool isJson, InvocationConfiguration writers)
    {
        IAnsiConsole console = Terminal.For(writers.Output);
        Action<string> print = console.WriteLine;
        return console.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(),
                new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("captioning", maxValue: count);
                IEnumerable<CaptionedPhoto> counted = photos.Select(photo =>
                {
                    bar.Increment(1);
                    return photo;
                });
                return PrintAll(
                    counted, isJson, print, Console.IsErrorRedirected ? writers.Error.WriteLine : print);
            });
    }

    private static string ToJson(CaptionedPhoto photo) => photo.Caption is { } caption
        ? JsonSerializer.Serialize(
            new
            {
                File = photo.Name,
                Caption = caption.Text,
                caption.LogProbability,
                Alternatives = photo.Captions.Count == 1 ? null : photo.Captions.Skip(1).Select(
                    other => new { Caption = other.Text, other.LogProbability }),
            },
            Json.Options)
        : JsonSerializer.Serialize(new { File = photo.Name, Error = Reason(photo) }, Json.Options);

    /// <summary>What is wrong with a photo, without its name.</summary>
    private static string Reason(CaptionedPhoto photo)
    {
        string message = photo.Error!.Message, name = $"{photo.Name}: ";
        return message.StartsWith(name, StringComparison.Ordinal) ? message[name.Length..] : message;
    }

    private static void WritePage(
        string path,
        string model,
        Captioner captioner,
        PhotoInputs inputs,
        List<CaptionedPhoto> photos,
        CancellationToken cancellation)
    {
        long room = MaximumPageBytes;
        var cards = new List<GalleryCard>();
        foreach (CaptionedPhoto photo in photos)
        {
            cancellation.ThrowIfCancellationRequested();
            string label = PhotoInputs.LabelOf(photo.Name);
            Picture picture = photo.Error is null
                ? inputs.PictureOf(photo.Name, room, cancellation)
                : Picture.Placeholder(label, Reason(photo));
            room -= picture.Bytes.Length;
            cards.Add(new GalleryCard(picture, label) { Caption = photo.Caption?.Text, Link = photo.Name });
        }

        int captioned = photos.Count(photo => photo.Error is null);
        new Gallery
        {
            Title = "Captioned photos",
            Headline = captioned == photos.Count ? null : $"captioned: {Terminal.Share(captioned, photos.Count)}",
            Facts =
            [
                ("model", model),
                ("trained on", captioner.Training.Dataset),
                ("epoch", $"{captioner.Training.Epoch}"),
                ("photos", $"{photos.Count}"),
            ],
            Cards = cards,
        }.Save(path);
    }
}
