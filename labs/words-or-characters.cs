#:project ../src/ShowTell/ShowTell.csproj
#:project ../src/ShowTell.Hdf5/ShowTell.Hdf5.csproj
#:property PublishAot=false
#:property UsesLab=true

// Should a captioning model say words or characters? This trains one of each on the same captions for the same number
// of epochs and compares their size, speed, loss and captions. It belongs to the question in labs/rnn-captioning.cs;
// docs/inline-questions.md answers it with these numbers.
//
//     dotnet run labs/words-or-characters.cs                            drawn scenes
//     dotnet run labs/words-or-characters.cs -- FOLDER                  a dataset in the layout of CS231n
//
// A caption's loss is -log of its probability, whatever it is spelled in: divided by the number of its characters, the
// losses of both models mean the same.

using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;

return Lab.Run("words-or-characters", args, lab =>
{
    const int Epochs = 4;
    CaptionDataset words = lab.Data.WithMaxTrain(lab.IsQuick ? 100 : 4000, new SeededRandom(231));
    double characters = AverageLength(words.WithCharacterTokens()) + 1; // The end counts too.
    foreach (CaptionDataset data in new[] { words, words.WithCharacterTokens() })
    {
        lab.Cell(data.Vocabulary.Kind == TokenKind.Word ? "Words" : "Characters");
        var options = new CaptioningOptions
        {
            Cell = CellKind.Lstm,
            FeatureSize = data.FeatureSize,
            VocabularySize = data.Vocabulary.Count,
            NullId = data.Vocabulary.NullId,
            StartId = data.Vocabulary.StartId,
            EndId = data.Vocabulary.EndId,
            HiddenSize = lab.IsQuick ? 32 : 512,
            WordVectorSize = lab.IsQuick ? 16 : 256,
        };
        long ofTokens = (long)options.VocabularySize * (options.WordVectorSize + options.HiddenSize + 1);
        Console.WriteLine($"tokens of the vocabulary, V:   {options.VocabularySize:N0}");
        Console.WriteLine($"parameters:                    {CaptioningParameters.CountOf(options):N0}");
        Console.WriteLine($"of them for the vocabulary:    {ofTokens:N0}");
        Console.WriteLine(
            $"tokens of a caption:           {AverageLength(data):F1} on average, "
            + $"{data.Train.CaptionWidth - 2} at most");

        var model = new CaptioningModel<float>(options, new SeededRandom(231));
        var solver = new CaptioningSolver(model, data, SolverOptions.Exercises with
        {
            Epochs = lab.IsQuick ? 1 : Epochs, BatchSize = 50, LearningRate = 1e-3, ValidationCaptions = 500,
        });
        double speed = 0;
        solver.Train(progress =>
        {
            speed = progress.CaptionsPerSecond;
            if (progress.ValidationLoss is double loss)
            {
                string perCharacter = $"{loss / characters:F3} a character";
                Console.WriteLine($"epoch {progress.Epoch}, validation loss:      {loss:F2} a caption, {perCharacter}");
            }
        });
        Console.WriteLine($"training speed:                {speed:F0} captions/s");

        int maxLength = data.Train.CaptionWidth - 1;
        int[] images = [.. data.Validation.CaptionedImages().Take(4)];
        var features = new Matrix<float>(images.Length, data.FeatureSize);
        data.Validation.ReadFeatures(images, features);
        int[] ids = model.DecodeGreedily<float>(features, maxLength);
        foreach (string caption in data.Vocabulary.DecodeBatch(ids, maxLength))
        {
            Console.WriteLine($"  {caption}");
        }
    }
});

static double AverageLength(CaptionDataset data) => data.Vocabulary
    .DecodeBatch(data.Train.Captions, data.Train.CaptionWidth)
    .Average(caption => data.Vocabulary.Split(caption).Count());
