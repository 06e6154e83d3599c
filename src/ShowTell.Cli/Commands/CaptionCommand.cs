using System.Diagnostics;
using ShowTell.Captioning;
using ShowTell.Reporting;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell caption</c>: captions photos.</summary>
internal sealed class CaptionCommand
{
    /// <summary>Fewer photos than this need no progress bar.</summary>
    private const int MinPhotosForBar = 50;

    /// <summary>Maximum size of all photos on a page, in bytes: browsers fail on much larger ones.</summary>
    private const long MaxPageBytes = 256 << 20;

    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Argument<string[]> _photos = NewOption.Files(
        "PHOTO", "Photos (JPEG, PNG, WebP, GIF, BMP), folders of photos, or URLs (http, https).");

    private readonly Option<string> _backbone = NewOption.Path(
        "--backbone",
        "NET",
        "ONNX file of the backbone that the model was trained with. [default: the one in or beside MODEL]");

    private readonly Option<bool> _recursive = NewOption.Flag("--recursive", "Also caption the photos in subfolders.");

    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly Option<string> _html =
        NewOption.Path("--html", "PAGE", "Also write a page of photos and captions, such as page.html.");

    private readonly Option<double> _minConfidence = NewOption.Number(
        "--min-confidence",
        "Print (not sure) instead of a caption that is good with a lower probability than X, from 0 to 1, and (not a "
        + "photo) for a blank image, a screenshot, text, a chart, a drawing or noise.");

    private readonly Option<bool> _allowPrivate = SharedOptions.AllowPrivate();
    private readonly DecodingFlags _decoding = new();

    public Command Create() => new CommandWithExamples(
        "caption",
        "Caption photos with a model that was trained on photos.",
        Run,
        "showtell caption model.safetensors photo.jpg",
        "showtell caption model.safetensors holiday --recursive --html page.html",
        "showtell caption model.safetensors photo.jpg --beam 5 --n-best 3",
        "showtell caption model.safetensors holiday --min-confidence 0.4",
        "showtell caption model.safetensors holiday --json > captions.jsonl")
    {
        _model, _photos, _backbone, _recursive, _minConfidence, _json, _html, _allowPrivate, _decoding.All,
        NewOption.Seed(),
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.Output();
        string? page = result.GetValue(_html);
        OutputPath.EnsurePageWritable(page);
        string model = result.GetRequiredValue(_model);
        bool isJson = result.GetValue(_json);
        string[] names = PhotoInputs.Expand(result.GetRequiredValue(_photos), result.GetValue(_recursive));
        using var inputs = new PhotoInputs(
            () => new PictureDownloader(allowPrivate: result.GetValue(_allowPrivate)));
        CaptionerOptions options = _decoding.ReadCaptioner(result) with
        {
            Backbone = result.GetValue(_backbone),
            Threads = names.Length == 1 ? 0 : 1,
        };
        double? minConfidence = MinConfidence(result);
        using var captioner = Captioner.Load(model, options);
        if (minConfidence is not null && !captioner.HasConfidence)
        {
            throw new IncompatibleException(
                $"{model}: does not know how sure its captions are: fit that with showtell calibrate {model} DATASET");
        }

        IEnumerable<CaptionedPhoto> captions = captioner.CaptionAll(
            names, name => inputs.Fetch(name, cancellation), cancellation);
        List<CaptionedPhoto> done = PrintAll(
            captions, names.Length, isJson, minConfidence, result.InvocationConfiguration);
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

    /// <summary>Prints photos as they are captioned, above a progress bar if there are many.</summary>
    private static List<CaptionedPhoto> PrintAll(
        IEnumerable<CaptionedPhoto> photos,
        int count,
        bool isJson,
        double? minConfidence,
        InvocationConfiguration console)
    {
        TextWriter output = console.Output;
        var clock = Stopwatch.StartNew();
        return Terminal.WatchText(count < MinPhotosForBar ? TextWriter.Null : output, "captioning", tell =>
        {
            // Lines that bypass the console of a progress bar would tear it.
            Action<string> print = tell is null ? output.WriteLine : Terminal.For(output).WriteLine;
            Action<string> printError = tell is null || Console.IsErrorRedirected ? console.Error.WriteLine : print;
            var done = new List<CaptionedPhoto>();
            foreach (CaptionedPhoto captioned in photos)
            {
                CaptionedPhoto photo = minConfidence is double min ? WithoutGuesses(captioned, min) : captioned;
                Print(photo, isJson, print, printError);
                done.Add(photo);
                TimeSpan left = clock.Elapsed * ((double)(count - done.Count) / done.Count);
                tell?.Invoke((double)done.Count / count, $"captioning  {Terminal.Duration(left)} left");
            }

            return done;
        });
    }

    private static void Print(CaptionedPhoto photo, bool isJson, Action<string> print, Action<string> printError)
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
    }

    private static string ToJson(CaptionedPhoto photo) => photo.Caption is not { } caption
        ? Json.Of(new { File = photo.Name, Error = Reason(photo) })
        : Json.Of(new
        {
            File = photo.Name,
            Caption = caption.Text,
            caption.LogProbability,
            caption.Confidence,
            caption.IsPhoto,
            Alternatives = photo.Captions.Count == 1 ? null : photo.Captions.Skip(1).Select(
                other => new { Caption = other.Text, other.LogProbability, other.Confidence }),
        });

    /// <summary>A photo without the captions that are less sure.</summary>
    private static CaptionedPhoto WithoutGuesses(CaptionedPhoto photo, double min) => photo with
    {
        Captions =
        [
            .. photo.Captions.Select(caption => caption.IsPhoto == false ? caption with { Text = "(not a photo)" }
                : caption.Confidence < min ? caption with { Text = "(not sure)" }
                : caption),
        ],
    };

    private double? MinConfidence(ParseResult result)
    {
        double? min = result.Given(_minConfidence);
        return min is null or (>= 0 and <= 1) ? min : throw new ShowTellException(
            $"--min-confidence is \"{min}\"; a number from 0 to 1 was expected.");
    }

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
        long room = MaxPageBytes;
        var cards = new List<GalleryCard>();
        foreach (CaptionedPhoto photo in photos)
        {
            cancellation.ThrowIfCancellationRequested();
            string label = PhotoInputs.LabelOf(photo.Name);
            Picture picture = photo.Error is null
                ? inputs.PictureOf(photo.Name, room, cancellation)
                : Picture.Placeholder(label, Reason(photo));
            room -= picture.Bytes.Length;
            cards.Add(new GalleryCard(picture, label)
            {
                Caption = photo.Caption?.Text,
                Confidence = photo.Caption?.Confidence,
                Link = photo.Name,
            });
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
