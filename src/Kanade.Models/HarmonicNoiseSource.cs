using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>
/// The excitation of the waveform generators (neural source-filter model, Wang et al. 2019, section III-B): sines at the pitch and its
/// harmonics where the voice sounds, noise where it does not, merged to one signal by a learned layer.
/// <para>The phase runs linearly between the middles of frames and stands still in the outer half of the first and last frame, as in
/// StyleTTS 2. It is summed in float64 and wrapped to one turn a frame, so that long recordings keep their pitch: in float32 the ninth
/// harmonic is off by half its amplitude after 20 s. In single precision it is summed as the original does, to the bit: the rounding is a
/// noise in the bands above the harmonics that a network trained with it, or compared with it, hears.</para>
/// </summary>
sealed class HarmonicNoiseSource : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>Amplitude of a sine. Unvoiced noise has a third of it as its deviation.</summary>
    const double SineAmplitude = 0.1;

    /// <summary>Deviation of the noise under the sines.</summary>
    const double NoiseDeviation = 0.003;

    /// <summary>Below this many Hz a frame is unvoiced.</summary>
    internal const double VoicedHz = 10;

    [ComponentName(Name = "l_linear")] readonly Linear _merge;
    readonly int _sampleRate;
    readonly int _hopLength;
    readonly int _harmonics;
    readonly bool _singlePrecision;

    /// <param name="sampleRate">Hz.</param>
    /// <param name="hopLength">Samples that one F0 value stands for.</param>
    /// <param name="harmonics">How many overtones join the fundamental.</param>
    /// <param name="singlePrecision">Whether phases are summed in float32.</param>
    public HarmonicNoiseSource(int sampleRate, int hopLength, int harmonics, bool singlePrecision = false) : base(nameof(HarmonicNoiseSource))
    {
        (_sampleRate, _hopLength, _harmonics, _singlePrecision) = (sampleRate, hopLength, harmonics, singlePrecision);
        _merge = nn.Linear(harmonics + 1, 1);
        RegisterComponents();
    }

    /// <param name="f0">(B, F) Hz, 0 = unvoiced.</param>
    /// <param name="noise">(B, F * hop, harmonics + 1) standard normal.</param>
    /// <returns>(B, F * hop). Gradients reach the merging layer, not the pitch: a sine far from the wanted one has no useful
    /// slope.</returns>
    public override Tensor forward(Tensor f0, Tensor noise)
    {
        using var scope = NewDisposeScope();
        using var exact = Autocast.Disable(f0.device.type);
        return _merge.forward(Partials(f0, noise)).tanh().squeeze(2).MoveToOuterDisposeScope();
    }

    /// <returns>(B, F * hop, harmonics + 1): the sines and their noise.</returns>
    internal Tensor Partials(Tensor f0, Tensor noise)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var voiced = (f0 > VoicedHz).to(float32).unsqueeze(2);                                          // (B, F, 1)
        var isVoiced = Repeat(voiced);                                                                  // (B, N, 1)
        var deviation = isVoiced * NoiseDeviation + (1 - isVoiced) * (SineAmplitude / 3);
        var sines = _singlePrecision ? RoundedSines(f0) * (SineAmplitude * isVoiced)
            : Sines(f0) * Repeat(SineAmplitude * voiced * Audible(f0));
        return (sines + deviation * noise.to(float32)).MoveToOuterDisposeScope();
    }

    /// <returns>(B, F, H): 0 where a harmonic lies above half the rate and would be heard as another pitch.</returns>
    Tensor Audible(Tensor f0)
    {
        using var scope = NewDisposeScope();
        var multiples = arange(1, _harmonics + 2, dtype: float32, device: f0.device);
        return (f0.to(float32).unsqueeze(2) * multiples < _sampleRate / 2.0).to(float32).MoveToOuterDisposeScope();
    }

    Tensor Sines(Tensor f0)
    {
        using var scope = NewDisposeScope();
        var multiples = arange(1, _harmonics + 2, dtype: float64, device: f0.device);
        var turns = (f0.to(float64).unsqueeze(2) * multiples / _sampleRate).remainder(1);               // (B, F, H) turns a sample
        var middles = (turns.cumsum(1) * _hopLength).remainder(1).to(float32).unsqueeze(2);             // (B, F, 1, H) turns
        var steps = (turns * _hopLength).to(float32).unsqueeze(2);
        var frames = f0.shape[1];

        // From the middle of one frame to the middle of the next; where a frame has an even number of samples its middle lies between two.
        var (half, offset) = (_hopLength / 2, _hopLength % 2 == 0 ? 0.5 : 0);
        var fraction = ((arange(_hopLength, dtype: float32, device: f0.device) + offset) / _hopLength).unsqueeze(1);            // (hop, 1)
        var between = (middles.narrow(1, 0, frames - 1) + fraction * steps.narrow(1, 1, frames - 1)).flatten(1, 2);             // (B, (F - 1) * hop, H)
        var phase = cat([
            middles.narrow(1, 0, 1).squeeze(2).expand(-1, half, -1),
            between,
            middles.narrow(1, frames - 1, 1).squeeze(2).expand(-1, _hopLength - half, -1)], 1);         // (B, N, H)
        return (phase * (2 * Math.PI)).sin().MoveToOuterDisposeScope();
    }

    // Every operation rounds here, so their order and widths are those of the original on a CPU.
    Tensor RoundedSines(Tensor f0)
    {
        using var scope = NewDisposeScope();
        var (frames, device) = (f0.shape[1], f0.device);
        var multiples = arange(1, _harmonics + 2, dtype: float32, device: device).unsqueeze(1);         // (H, 1)
        var turns = (f0.to(float32).unsqueeze(1) * multiples / _sampleRate).remainder(1);               // (B, H, F) turns a sample
        var middles = turns.cumsum(2) * 2 * Math.PI * _hopLength;                                       // radians

        // Between the middles of frames: weights in float32, their sum by one fused multiplication.
        var position = ((arange(frames * _hopLength, dtype: float64, device: device) + 0.5) * (double)(1f / _hopLength) - 0.5).clamp_min(0);
        var before = position.floor();                                                                  // (N)
        var weight = (position - before).to(float32);
        var (left, right) = (before.to(int64), (before.to(int64) + 1).clamp_max(frames - 1));
        var phase = (middles.index_select(2, left).to(float64) * (1 - weight).to(float64)
            + (middles.index_select(2, right) * weight).to(float64)).to(float32);
        return phase.sin().transpose(1, 2).MoveToOuterDisposeScope();                                   // (B, N, H)
    }

    Tensor Repeat(Tensor frames) => frames.unsqueeze(2).expand(-1, -1, _hopLength, -1).flatten(1, 2);
}
