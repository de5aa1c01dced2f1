using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models.Layers;

/// <summary>
/// The end of <see cref="VocosDecoder"/>: the spectrum of every frame by one linear layer. A channel is the log-magnitude; the direction of two
/// others is the phase, which so covers the whole circle without a jump.
/// </summary>
sealed class SpectrumHead : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>The squared length under which the two channels have no direction. It bounds their gradient.</summary>
    const double DirectionFloor = 1e-4;

    [ComponentName(Name = "norm")] readonly LayerNorm _norm;
    [ComponentName(Name = "out")] readonly Linear _out;
    readonly int _bins;
    readonly double _loudest;

    /// <param name="channels">C.</param>
    /// <param name="fftSize">Of the transform: 2 (K - 1).</param>
    public SpectrumHead(int channels, int fftSize) : base(nameof(SpectrumHead))
    {
        _bins = fftSize / 2 + 1;
        _loudest = Math.Log(fftSize / 4.0);     // a sine of amplitude 1 under the Hann window
        _norm = nn.LayerNorm(channels);
        _out = nn.Linear(channels, 3 * _bins);
        RegisterComponents();
    }

    /// <param name="x">(B, F, C) float32.</param>
    /// <param name="envelope">(B, F, K) log-magnitudes that the layer's are added to; or (1), zero.</param>
    /// <returns>(B, F, K), complex.</returns>
    public override Tensor forward(Tensor x, Tensor envelope)
    {
        using var scope = NewDisposeScope();
        var outputs = _out.call(_norm.call(x));                                                 // (B, F, 3K)
        using var exact = Autocast.Disable(x.device.type);
        var parts = outputs.to(float32).split(_bins, 2);                                        // 3 x (B, F, K)
        var magnitude = (parts[0] + envelope).clamp_max(_loudest).exp();
        var (real, imaginary) = (parts[1], parts[2]);
        var length = magnitude * (real.square() + imaginary.square() + DirectionFloor).rsqrt();
        return complex(length * real, length * imaginary).MoveToOuterDisposeScope();
    }
}
