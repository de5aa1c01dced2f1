using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Blurs a contour in training, so that the decoder does not lean on detail that a predicted contour will not have. The caller draws
/// the width; synthesis does not smooth.</summary>
public static class DecoderSmoothing
{
    /// <summary>Widths that the reference draws for the pitch, with equal chances; 0 leaves the contour as it is.</summary>
    public static readonly IReadOnlyList<int> PitchWidths = [0, 3, 7];

    /// <summary>Widths that the reference draws for the energy.</summary>
    public static readonly IReadOnlyList<int> EnergyWidths = [0, 3, 7, 15];

    /// <summary>The mean of <paramref name="width"/> neighbours, where those beyond the ends count as 0.</summary>
    /// <param name="contour">(B, F).</param>
    /// <param name="width">Odd, or 0 for none.</param>
    /// <returns>(B, F), which the caller owns.</returns>
    public static Tensor Apply(Tensor contour, int width)
    {
        if (width == 0)
            return contour.alias();
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        ArgumentOutOfRangeException.ThrowIfEqual(width % 2, 0);
        using var scope = NewDisposeScope();
        return F.avg_pool1d(contour.unsqueeze(1), width, stride: 1, padding: width / 2, count_include_pad: true).squeeze(1).MoveToOuterDisposeScope();
    }
}
