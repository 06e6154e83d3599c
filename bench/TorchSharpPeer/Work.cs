using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharpPeer;

/// <summary>Training steps and decoding, whatever the network.</summary>
internal static class Work
{
    private const double LearningRate = 1e-3;
    private const long Start = 1;

    /// <summary>A step of forward, loss, backward and Adam on every minibatch, which returns the losses.</summary>
    public static Func<double[]> Training(
        string kind, Sizes sizes, Minibatch[] minibatches, Dictionary<string, Tensor>? weights, string form)
    {
        Network network = Create(kind, sizes, weights, form);
        Batch[] batches = [.. minibatches.Select(minibatch => AsBatch(minibatch, network, IsPacked(form)))];
        Parameter[] trained = [.. network.Trained];
        var adam = optim.Adam(trained, LearningRate);
        FusedAdam? fused = form.EndsWith("fused Adam", StringComparison.Ordinal) ? new(trained, LearningRate) : null;
        return () => [.. batches.Select(batch =>
        {
            using var step = NewDisposeScope();
            adam.zero_grad();
            Tensor loss = Backward(network, batch);
            if (fused is null)
            {
                adam.step();
            }
            else
            {
                fused.Step();
            }

            return (double)loss.item<float>();
        })];
    }

    public static Dictionary<string, double> GradientNorms(
        string kind, Sizes sizes, Minibatch minibatch, Dictionary<string, Tensor> weights)
    {
        Network network = Create(kind, sizes, weights, form: "");
        Backward(network, AsBatch(minibatch, network, isPacked: false));
        return network.GradientNorms();
    }

    /// <summary>Decodes photos greedily, which returns the ids, N x length.</summary>
    public static Func<long[,]> Decoding(
        string kind,
        Sizes sizes,
        Tensor features,
        int length,
        int? end,
        Dictionary<string, Tensor>? weights,
        string form)
    {
        Network network = Create(kind, sizes, weights, form);
        Func<Tensor, Decoder> begin = network.Decoding(length, form);
        bool drops = form.EndsWith("dropping", StringComparison.Ordinal);
        return () =>
        {
            using var inference = inference_mode();
            using var all = NewDisposeScope();
            using Decoder decoder = begin(features);
            Tensor captions = zeros(length, features.shape[0], ScalarType.Int64);
            if (drops)
            {
                DecodeDropping(decoder, captions, end!.Value);
            }
            else
            {
                DecodeAll(decoder, captions, end);
            }

            return ToArray(captions.t());
        };
    }

    private static bool IsPacked(string form) => form.StartsWith("packed", StringComparison.Ordinal);

    private static Network Create(string kind, Sizes sizes, Dictionary<string, Tensor>? weights, string form)
    {
        Network network = Network.Create(kind, sizes, form);
        if (weights is not null)
        {
            network.Load(weights);
        }

        return network;
    }

    /// <summary>The loss; what only the forward pass needs goes before the backward pass begins.</summary>
    private static Tensor Backward(Network network, Batch batch)
    {
        Tensor loss;
        using (NewDisposeScope())
        {
            loss = network.Loss(batch).MoveToOuterDisposeScope();
        }

        loss.backward();
        network.MaskGradients();
        return loss;
    }

    private static Batch AsBatch(Minibatch minibatch, Network network, bool isPacked)
    {
        (Tensor features, Tensor captions) = minibatch;
        Tensor lengths = captions.narrow(1, 1, captions.shape[1] - 1).ne(0).sum(1);
        if (isPacked)
        {
            Tensor order = lengths.argsort(0, descending: true);
            (features, captions, lengths) =
                (features.index_select(0, order), captions.index_select(0, order), lengths.index_select(0, order));
        }

        long longest = lengths.max().item<long>();
        Tensor Cut(int start)
        {
            Tensor ids = captions.narrow(1, start, longest);
            return (network.BatchFirst ? ids : ids.t()).contiguous();
        }

        Tensor targets = isPacked ? nn.utils.rnn.pack_padded_sequence(Cut(1), lengths).data : Cut(1);
        return new(features, Cut(0), targets, isPacked ? lengths : null, (int)features.shape[0]);
    }

    private static void DecodeAll(Decoder decoder, Tensor captions, int? end)
    {
        long n = captions.shape[1];
        Tensor words = full(n, Start, ScalarType.Int64), ended = zeros(n, ScalarType.Bool);
        for (int t = 0; t < captions.shape[0]; t++)
        {
            using var step = NewDisposeScope();
            words = decoder.Step(words).MoveToOuterDisposeScope();
            captions[t] = end is null ? words : words.masked_fill(ended, 0);
            if (end is not null)
            {
                ended.logical_or_(words.eq(end.Value));
                if (ended.all().item<bool>())
                {
                    break;
                }
            }
        }
    }

    /// <summary>Goes on only with captions that have not ended.</summary>
    private static void DecodeDropping(Decoder decoder, Tensor captions, int end)
    {
        long n = captions.shape[1];
        Tensor words = full(n, Start, ScalarType.Int64), active = arange(n);
        for (int t = 0; t < captions.shape[0]; t++)
        {
            using var step = NewDisposeScope();
            words = decoder.Step(words).MoveToOuterDisposeScope();
            captions[t].index_copy_(0, active, words);
            Tensor rows = words.ne(end).nonzero().squeeze(1);
            if (rows.shape[0] == 0)
            {
                break;
            }

            if (rows.shape[0] < words.shape[0])
            {
                decoder.Keep(rows);
                words = words.index_select(0, rows).MoveToOuterDisposeScope();
                active = active.index_select(0, rows).MoveToOuterDisposeScope();
            }
        }
    }

    private static long[,] ToArray(Tensor ids)
    {
        var array = new long[ids.shape[0], ids.shape[1]];
        long[] elements = [.. ids.contiguous().data<long>()];
        Buffer.BlockCopy(elements, 0, array, 0, elements.Length * sizeof(long));
        return array;
    }
}

/// <summary>libtorch's Adam over all parameters at once, which TorchSharp reaches only through TorchScript.</summary>
internal sealed class FusedAdam(Parameter[] parameters, double learningRate)
{
    private readonly jit.CompilationUnit _script = jit.compile(
        """
        def step(parameters: List[Tensor], gradients: List[Tensor], m: List[Tensor], v: List[Tensor],
                 steps: List[Tensor], lr: float):
            torch._foreach_add_(steps, 1)
            torch._fused_adam_(parameters, gradients, m, v, [], steps, lr=lr, beta1=0.9, beta2=0.999,
                               weight_decay=0.0, eps=1e-8, amsgrad=False, maximize=False)
            return 0

        """);

    private readonly Tensor[] _m = [.. parameters.Select(parameter => zeros_like(parameter.detach()))];
    private readonly Tensor[] _v = [.. parameters.Select(parameter => zeros_like(parameter.detach()))];
    private readonly Tensor[] _steps = [.. parameters.Select(_ => zeros([]))];

    public void Step()
    {
        using var noGradient = no_grad();
        Tensor[] all = parameters, gradients = [.. parameters.Select(parameter => parameter.grad!)];
        _script.invoke("step", all, gradients, _m, _v, _steps, learningRate);
    }
}
