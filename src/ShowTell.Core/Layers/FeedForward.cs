namespace ShowTell.Layers;

/// <summary>
/// The feed-forward layer of a Transformer (Vaswani et al., 2017), the same for each row:
/// <code>
/// h = max(0, x W_in + b_in)      out = h W_out + b_out
/// dh = dOut W_outᵀ where h &gt; 0     dX = dh W_inᵀ
/// </code>
/// Shapes: x R x H, W_in H x F, b_in F, h R x F, W_out F x M, b_out M, out R x M.
/// </summary>
public static class FeedForward
{
    /// <summary>out = max(0, x W_in + b_in) W_out + b_out.</summary>
    /// <param name="x">R x H.</param>
    /// <param name="weights">W_in, b_in, W_out and b_out.</param>
    /// <param name="hidden">Receives h, R x F, which <see cref="Backward"/> needs.</param>
    /// <param name="output">R x M.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x, FeedForwardWeights<T> weights, MatrixSpan<T> hidden, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Affine.Forward(x, weights.WIn, weights.Packed?.In, weights.BIn.Span, hidden);
        for (int r = 0; r < hidden.Rows; r++)
        {
            Activation.Relu(hidden.Row(r));
        }

        Affine.Forward(hidden, weights.WOut, weights.Packed?.Out, weights.BOut.Span, output);
    }

    /// <summary>The backward pass: adds to the gradient of x, overwrites those of the weights.</summary>
    /// <param name="dOut">R x M.</param>
    /// <param name="x">The x of <see cref="Forward"/>.</param>
    /// <param name="hidden">The h of <see cref="Forward"/>.</param>
    /// <param name="weights">W_in, b_in, W_out and b_out.</param>
    /// <param name="dHidden">Receives the gradient of x W_in + b_in, R x F.</param>
    /// <param name="dX">Added to, R x H.</param>
    /// <param name="gradients">The gradients of the weights.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Backward<T>(
        ReadOnlyMatrixSpan<T> dOut,
        ReadOnlyMatrixSpan<T> x,
        Matrix<T> hidden,
        FeedForwardWeights<T> weights,
        Matrix<T> dHidden,
        MatrixSpan<T> dX,
        FeedForwardWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Affine.Backward(dOut, hidden, weights.WOut, dHidden, gradients.WOut, gradients.BOut.Span);
        Activation.ReluBackward<T>(hidden.Span, dHidden.Span);
        Gemm.NT(dHidden, weights.WIn, dX, accumulate: true);
        Affine.BackwardWeights(dHidden, x, gradients.WIn, gradients.BIn.Span);
    }
}

/// <summary>The weights of <see cref="FeedForward"/>, or their gradients; biases have one row.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="WIn">H x F.</param>
/// <param name="BIn">1 x F.</param>
/// <param name="WOut">F x M.</param>
/// <param name="BOut">1 x M.</param>
public sealed record FeedForwardWeights<T>(Matrix<T> WIn, Matrix<T> BIn, Matrix<T> WOut, Matrix<T> BOut)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The packed matrices, for decoding; null for unpacked ones.</summary>
    internal (PackedMatrix<T> In, PackedMatrix<T> Out)? Packed { get; private set; }

    internal void Pack() => Packed = (PackedMatrix<T>.Of(WIn), PackedMatrix<T>.Of(WOut));
}
