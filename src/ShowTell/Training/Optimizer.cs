using System.Numerics;
using System.Numerics.Tensors;
using ShowTell.Models;
using ShowTell.Numerics;

namespace ShowTell.Training;

/// <summary>How weights w follow their gradients dw; the exercises' update rules.</summary>
public enum UpdateRule
{
    /// <summary>Stochastic gradient descent: w -= lr dw.</summary>
    Sgd,

    /// <summary>With momentum: v = 0.9 v - lr dw; w += v.</summary>
    Momentum,

    /// <summary>RMSProp (Tieleman and Hinton, 2012): s = 0.99 s + 0.01 dw²; w -= lr dw / (√s + 1e-8).</summary>
    RmsProp,

    /// <summary>
    /// Adam (Kingma and Ba, 2015): m = 0.9 m + 0.1 dw; v = 0.999 v + 0.001 dw²;
    /// w -= lr m̂ / (√v̂ + 1e-8) with m̂ = m / (1 - 0.9ᵗ), v̂ = v / (1 - 0.999ᵗ).
    /// </summary>
    Adam,
}

/// <summary>
/// Applies an <see cref="UpdateRule"/> to all parameters of a model, and remembers what the rule needs.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Elements that are updated at a time, so that every pass over them finds them in cache.</summary>
    private const int BlockLength = 2048;

    private static readonly T s_epsilon = T.CreateTruncating(1e-8);

    private readonly UpdateRule _rule;
    private readonly CaptioningParameters<T>? _first;
    private readonly CaptioningParameters<T>? _second;
    private readonly UpdateJob _job;
    private int _step;

    [ThreadStatic]
    private static T[]? t_scratch;

    /// <summary>Makes an optimizer for models of these options.</summary>
    public Optimizer(UpdateRule rule, CaptioningOptions options)
    {
        _rule = rule;
        _first = rule == UpdateRule.Sgd ? null : new CaptioningParameters<T>(options);
        _second = rule == UpdateRule.Adam ? new CaptioningParameters<T>(options) : null;
        _job = new UpdateJob(this);
    }

    /// <summary>Takes one step. Allocates nothing once warm.</summary>
    /// <param name="parameters">The weights, changed in place.</param>
    /// <param name="gradients">Their gradients.</param>
    /// <param name="learningRate">lr.</param>
    public void Update(CaptioningParameters<T> parameters, CaptioningParameters<T> gradients, double learningRate)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(gradients);
        _step++;
        _job.Run(parameters, gradients, learningRate);
    }

    private void UpdateBlock(Span<T> w, ReadOnlySpan<T> dw, Span<T> first, Span<T> second, double learningRate)
    {
        T lr = T.CreateTruncating(learningRate);
        switch (_rule)
        {
            case UpdateRule.Sgd:
                TensorPrimitives.MultiplyAdd(dw, -lr, w, w);
                break;
            case UpdateRule.Momentum:
                TensorPrimitives.Multiply(first, T.CreateTruncating(0.9), first);
                TensorPrimitives.MultiplyAdd(dw, -lr, first, first);
                TensorPrimitives.Add(w, first, w);
                break;
            case UpdateRule.RmsProp:
                MovingAverageOfSquares(first, dw, 0.99);
                Descend(w, dw, first, -lr);
                break;
            case UpdateRule.Adam:
                TensorPrimitives.Multiply(first, T.CreateTruncating(0.9), first);
                TensorPrimitives.MultiplyAdd(dw, T.CreateTruncating(1 - 0.9), first, first);
                MovingAverageOfSquares(second, dw, 0.999);
                Span<T> unbiased = Scratch(w.Length);
                TensorPrimitives.Multiply(second, T.CreateTruncating(1 / (1 - Math.Pow(0.999, _step))), unbiased);
                Descend(w, first, unbiased, T.CreateTruncating(-learningRate / (1 - Math.Pow(0.9, _step))));
                break;
            default:
                throw new InvalidOperationException($"There is no update rule {_rule}.");
        }
    }

    /// <summary>s = decay s + (1 - decay) dw².</summary>
    private static void MovingAverageOfSquares(Span<T> s, ReadOnlySpan<T> dw, double decay)
    {
        Span<T> squares = Scratch(s.Length);
        TensorPrimitives.Multiply(dw, dw, squares);
        TensorPrimitives.Multiply(s, T.CreateTruncating(decay), s);
        TensorPrimitives.MultiplyAdd(squares, T.CreateTruncating(1 - decay), s, s);
    }

    /// <summary>w += factor direction / (√squares + 1e-8); squares may be the scratch block.</summary>
    private static void Descend(Span<T> w, ReadOnlySpan<T> direction, ReadOnlySpan<T> squares, T factor)
    {
        Span<T> step = Scratch(w.Length);
        TensorPrimitives.Sqrt(squares, step);
        TensorPrimitives.Add(step, s_epsilon, step);
        TensorPrimitives.Divide(direction, step, step);
        TensorPrimitives.MultiplyAdd(step, factor, w, w);
    }

    private static Span<T> Scratch(int length) => (t_scratch ??= new T[BlockLength]).AsSpan(0, length);

    /// <summary>One step; parts take blocks in turn.</summary>
    private sealed class UpdateJob(Optimizer<T> optimizer) : WorkerJob
    {
        private CaptioningParameters<T>? _parameters;
        private CaptioningParameters<T>? _gradients;
        private double _learningRate;
        private int _parts;

        public void Run(CaptioningParameters<T> parameters, CaptioningParameters<T> gradients, double learningRate)
        {
            (_parameters, _gradients, _learningRate, _parts) = (parameters, gradients, learningRate, Workers.Count);
            Workers.Run(this, _parts);
        }

        public override void Run(int part)
        {
            int block = 0;
            for (int i = 0; i < _parameters!.All.Count; i++)
            {
                int length = _parameters.All[i].Value.Length;
                for (int start = 0; start < length; start += BlockLength, block++)
                {
                    if (block % _parts == part)
                    {
                        UpdateBlock(i, start, Math.Min(BlockLength, length - start));
                    }
                }
            }
        }

        private void UpdateBlock(int parameter, int start, int length)
        {
            Span<T> Slice(CaptioningParameters<T>? of) =>
                of is null ? [] : of.All[parameter].Value.Span.Slice(start, length);

            optimizer.UpdateBlock(
                Slice(_parameters),
                Slice(_gradients),
                Slice(optimizer._first),
                Slice(optimizer._second),
                _learningRate);
        }
    }
}
