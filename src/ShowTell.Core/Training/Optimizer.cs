using ShowTell.Models;
using static ShowTell.Numerics.LanesMath;

namespace ShowTell.Training;

/// <summary>The update rule of weights w from gradients dw, as in the exercises.</summary>
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

    /// <summary>
    /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019): w -= lr (m̂ / (√v̂ + 1e-8) + decay w); biases do
    /// not decay.
    /// </summary>
    AdamW,
}

/// <summary>Applies an <see cref="UpdateRule"/> to all parameters of a model, and keeps its state.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of elements in a block of work.</summary>
    private const int BlockLength = 2048;

    private readonly UpdateRule _rule;
    private readonly UpdateJob _job;
    private readonly double _weightDecay;

    /// <summary>Creates an optimizer for models with these options.</summary>
    /// <param name="rule">The update rule.</param>
    /// <param name="options">The models' options.</param>
    /// <param name="weightDecay">The decay of <see cref="UpdateRule.AdamW"/>; by default 0.01.</param>
    public Optimizer(UpdateRule rule, CaptioningOptions options, double weightDecay = 0.01)
    {
        _rule = rule;
        _weightDecay = rule == UpdateRule.AdamW ? weightDecay : 0;
        First = rule == UpdateRule.Sgd ? null : new CaptioningParameters<T>(options);
        Second = rule is UpdateRule.Adam or UpdateRule.AdamW ? new CaptioningParameters<T>(options) : null;
        _job = new UpdateJob(this);
    }

    /// <summary>v of momentum, s of RMSProp, or Adam's m; null for SGD.</summary>
    internal CaptioningParameters<T>? First { get; }

    /// <summary>Adam's v; null for the other rules.</summary>
    internal CaptioningParameters<T>? Second { get; }

    /// <summary>t, the number of updates so far.</summary>
    internal int Steps { get; set; }

    /// <summary>Updates the parameters once. Allocates nothing once warm.</summary>
    /// <param name="parameters">The weights, changed in place; undefined after an exception.</param>
    /// <param name="gradients">Their gradients.</param>
    /// <param name="learningRate">lr.</param>
    /// <exception cref="TrainingDivergedException">A gradient is NaN or infinite; its parameter is named.</exception>
    public void Update(CaptioningParameters<T> parameters, CaptioningParameters<T> gradients, double learningRate)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(gradients);
        Steps++;
        _job.Run(parameters, gradients, learningRate);
    }

    private void UpdateBlock(
        Span<T> w, ReadOnlySpan<T> dw, Span<T> first, Span<T> second, double learningRate, bool isBias)
    {
        T lr = T.CreateTruncating(learningRate);
        switch (_rule)
        {
            case UpdateRule.Sgd:
                Elementwise.Run<SgdPass, T>(new(w, dw, lr), w.Length);
                break;
            case UpdateRule.Momentum:
                Elementwise.Run<MomentumPass, T>(new(w, dw, first, lr), w.Length);
                break;
            case UpdateRule.RmsProp:
                Elementwise.Run<RmsPropPass, T>(new(w, dw, first, lr), w.Length);
                break;
            case UpdateRule.Adam or UpdateRule.AdamW:
                if (_weightDecay > 0 && !isBias)
                {
                    TensorPrimitives.Multiply(w, T.CreateTruncating(1 - (learningRate * _weightDecay)), w);
                }

                T rate = T.CreateTruncating(learningRate / (1 - Math.Pow(0.9, Steps)));
                T unbias = T.CreateTruncating(1 / (1 - Math.Pow(0.999, Steps)));
                Elementwise.Run<AdamPass, T>(new(w, dw, first, second, rate, unbias), w.Length);
                break;
            default:
                throw new InvalidOperationException($"Unknown update rule {_rule}.");
        }
    }

    private readonly ref struct SgdPass(Span<T> w, ReadOnlySpan<T> dw, T lr) : IElementwise<T>
    {
        private readonly Span<T> _w = w;
        private readonly ReadOnlySpan<T> _dw = dw;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_w] -= lr * at[_dw];
    }

    private readonly ref struct MomentumPass(Span<T> w, ReadOnlySpan<T> dw, Span<T> v, T lr) : IElementwise<T>
    {
        private readonly Span<T> _w = w, _v = v;
        private readonly ReadOnlySpan<T> _dw = dw;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var v = (0.9 * at[_v]) - (lr * at[_dw]);
            at[_v] = v;
            at[_w] += v;
        }
    }

    private readonly ref struct RmsPropPass(Span<T> w, ReadOnlySpan<T> dw, Span<T> s, T lr) : IElementwise<T>
    {
        private readonly Span<T> _w = w, _s = s;
        private readonly ReadOnlySpan<T> _dw = dw;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var dw = at[_dw];
            var s = (0.99 * at[_s]) + ((1 - 0.99) * dw * dw);
            at[_s] = s;
            at[_w] -= lr * dw / (Sqrt(s) + 1e-8);
        }
    }

    /// <param name="w">The weights.</param>
    /// <param name="dw">Their gradient.</param>
    /// <param name="m">The running mean of gradients.</param>
    /// <param name="v">The running mean of their squares.</param>
    /// <param name="rate">lr / (1 - 0.9ᵗ), which corrects m to m̂.</param>
    /// <param name="unbias">1 / (1 - 0.999ᵗ), which corrects v to v̂.</param>
    private readonly ref struct AdamPass(
        Span<T> w, ReadOnlySpan<T> dw, Span<T> m, Span<T> v, T rate, T unbias) : IElementwise<T>
    {
        private readonly Span<T> _w = w, _m = m, _v = v;
        private readonly ReadOnlySpan<T> _dw = dw;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var dw = at[_dw];
            var m = (0.9 * at[_m]) + ((1 - 0.9) * dw);
            var v = (0.999 * at[_v]) + ((1 - 0.999) * dw * dw);
            at[_m] = m;
            at[_v] = v;
            at[_w] -= rate * m / (Sqrt(unbias * v) + 1e-8);
        }
    }

    /// <summary>One update; parts take turns with blocks.</summary>
    private sealed class UpdateJob(Optimizer<T> optimizer) : WorkerJob
    {
        private CaptioningParameters<T>? _parameters;
        private CaptioningParameters<T>? _gradients;
        private double _learningRate;
        private int _parts;
        private bool _isFinite;

        public void Run(CaptioningParameters<T> parameters, CaptioningParameters<T> gradients, double learningRate)
        {
            (_parameters, _gradients, _learningRate, _parts) = (parameters, gradients, learningRate, Workers.Count);
            _isFinite = true;
            Workers.Run(this, _parts);
            if (!_isFinite)
            {
                throw new TrainingDivergedException(
                    $"the gradient of {gradients.FindNotFinite()} has NaN or infinity");
            }
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

            // Here the block is in the cache, so that the check costs next to nothing.
            if (!TensorPrimitives.IsFiniteAll<T>(Slice(_gradients)))
            {
                _isFinite = false;
            }

            optimizer.UpdateBlock(
                Slice(_parameters),
                Slice(_gradients),
                Slice(optimizer.First),
                Slice(optimizer.Second),
                _learningRate,
                _parameters!.All[parameter].IsVector);
        }
    }
}
