using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Audio;

/// <summary>Changes the sampling rate inside a network's graph, by a windowed sinc kernel as torchaudio has it (Hann window, 6 zero
/// crossings, roll-off 0.99 of the lower Nyquist frequency). For files use <c>Resampler</c>: this one is for losses at another rate.</summary>
public sealed class DifferentiableResampler : IDisposable
{
    const int ZeroCrossings = 6;
    const double RollOff = 0.99;

    readonly int _from;
    readonly int _to;
    readonly int _reach;
    readonly Tensor _kernel;

    /// <param name="from">Hz of the input.</param>
    /// <param name="to">Hz of the output.</param>
    /// <param name="device">Where the waves will be.</param>
    public DifferentiableResampler(int from, int to, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(from);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(to);
        var common = GreatestCommonDivisor(from, to);
        (_from, _to) = (from / common, to / common);
        var bandwidth = Math.Min(_from, _to) * RollOff;
        _reach = (int)Math.Ceiling(ZeroCrossings * _from / bandwidth);
        _kernel = Kernel(bandwidth, device ?? CPU);
    }

    /// <summary>(phases, 1, taps): the filter of each output sample of a period.</summary>
    internal Tensor Taps => _kernel;

    /// <param name="samples">(B, N).</param>
    /// <returns>(B, ⌈N · to / from⌉).</returns>
    public Tensor Resample(Tensor samples)
    {
        if (_from == _to)
        {
            return samples.alias();
        }
        using var scope = NewDisposeScope();
        var length = samples.shape[1];
        var padded = F.pad(samples.unsqueeze(1), (_reach, _reach + _from));
        var phases = F.conv1d(padded, _kernel, stride: _from);                       // (B, phases, N / from + 1)
        var wave = phases.transpose(1, 2).flatten(1);
        return wave.narrow(1, 0, (length * _to + _from - 1) / _from).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _kernel.Dispose();

    Tensor Kernel(double bandwidth, Device device)
    {
        using var scope = NewDisposeScope();
        var tap = arange(-_reach, _reach + _from, dtype: float64).unsqueeze(0) / _from;
        var phase = arange(0, _to, dtype: float64).unsqueeze(1) / _to;
        var crossings = ((tap - phase) * bandwidth).clamp(-ZeroCrossings, ZeroCrossings);
        var window = (crossings * (Math.PI / ZeroCrossings / 2)).cos().square();
        return (crossings.sinc() * window * (bandwidth / _from)).unsqueeze(1).to(float32).to(device).DetachFromDisposeScope();
    }

    static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}
