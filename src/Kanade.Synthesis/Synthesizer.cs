using Kanade.Audio;
using Kanade.Models;
using Kanade.Text;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Synthesis;

/// <summary>Speaks symbols with a voice.</summary>
/// <param name="voice">The voice; it stays the caller's.</param>
public sealed class Synthesizer(Voice voice)
{
    readonly SpeechNetworks _networks = voice.Networks;
    readonly DiffusionSampler _sampler = new();

    /// <summary>Speaks one utterance.</summary>
    /// <param name="ids">(T) symbols, taken as they are.</param>
    /// <param name="style">(1, 256) the style to speak in, or the reference that the diffusion is told of.</param>
    /// <param name="options">How.</param>
    public Speech Speak(int[] ids, Tensor style, SpeakingOptions options)
    {
        if (ids.FirstOrDefault(id => id < 0 || id >= SymbolTable.Count, -1) is var foreign && foreign != -1)
            throw new InvalidDataException($"the id {foreign} is not in the symbol table (0 to {SymbolTable.Count - 1})");
        ArgumentOutOfRangeException.ThrowIfZero(ids.Length);
        if (options.Sampling.Steps > 0 && !voice.HasDiffusion)
            throw new InvalidDataException("the voice has no trained style diffusion: speak a given style, with 0 diffusion steps");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var tokens = tensor(ids.Select(i => (long)i).ToArray()).unsqueeze(0);                          // (1, T)
        var lengths = tensor(new[] { (long)ids.Length });
        var mask = SequenceMask.Padding(lengths, ids.Length);                                          // (1, T)
        var (context, encoded) = _networks.EncodeText(tokens, mask);                                   // (1, T, H), (1, C, T)
        var mixed = Mix(style, context, options.Sampling);                                             // (1, 2S)
        var acoustic = mixed.narrow(1, 0, AcousticConfig.StyleSize);
        var prosodic = mixed.narrow(1, AcousticConfig.StyleSize, AcousticConfig.StyleSize);

        var prosody = _networks.Predictor.Encode(encoded, prosodic, lengths, mask);                    // (1, T, C + S)
        var durations = _networks.Predictor.Durations(prosody, lengths).sigmoid().sum(2).div(options.Speed);    // (1, T)
        var frames = durations.round().to(ScalarType.Int64).maximum(Shortest(ids))[0];                 // (T)
        var alignment = DurationAlignment.Hard(frames.unsqueeze(0), frames.sum().item<long>());        // (1, T, A)
        if (voice.Config.SpeaksLate)
            alignment = cat([alignment.narrow(2, 0, 1), alignment.narrow(2, 0, alignment.shape[2] - 1)], 2);
        var contours = _networks.Predictor.PitchAndEnergy(prosody.transpose(1, 2).bmm(alignment), prosodic);
        var text = _networks.TextEncoder.forward(tokens, lengths, mask);                               // (1, C, T)
        var samples = 2 * alignment.shape[2] * _networks.Decoder.HopLength;
        var wave = _networks.Decoder.forward(text.bmm(alignment), contours.F0, contours.Energy, acoustic, Noise(samples, options));
        return new Speech(
            new Waveform(Numbers(wave.reshape(-1)), _networks.Decoder.SampleRate), ids, Numbers(durations[0]),
            [.. frames.data<long>().ToArray().Select(n => (int)n)], Numbers(contours.F0[0]), Numbers(contours.Energy[0]), Numbers(mixed[0]));
    }

    /// <summary>The style of a recording, by the voice's own style encoders.</summary>
    /// <param name="recording">At any rate.</param>
    /// <returns>(1, 256), which the caller owns.</returns>
    public Tensor StyleOf(Waveform recording)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var spectrogram = new MelSpectrogram(voice.Config.Mel);
        var resampled = Resampler.Resample(recording, voice.Config.Mel.SampleRate);
        var mel = spectrogram.Compute(tensor(resampled.Samples).unsqueeze(0));                         // (1, M, F)
        return _networks.StyleOf(mel, tensor(new[] { mel.shape[2] })).MoveToOuterDisposeScope();
    }

    Tensor Mix(Tensor style, Tensor context, StyleSampling sampling)
    {
        if (sampling.Steps == 0)
            return style;
        using var generator = new Generator((ulong)CounterSeed.Of(sampling.Seed, 0), CPU);
        var noise = randn([1, 1, Voice.StyleSize], generator: generator);
        var stepNoise = randn([sampling.Steps - 1, 1, 1, Voice.StyleSize], generator: generator);
        var drawn = _sampler.Sample(
            _networks.Diffusion, noise, stepNoise, context, voice.Config.Diffusion.WithReference ? style : null, sampling.Scale).squeeze(1);
        var weights = cat([full(AcousticConfig.StyleSize, sampling.Alpha), full(AcousticConfig.StyleSize, sampling.Beta)]).to(ScalarType.Float32);
        return drawn * weights + style * (1 - weights);
    }

    /// <summary>The fewest aligner frames of each symbol: none of a mark or a pad where the voice learnt it so.</summary>
    /// <returns>(1, T) int64.</returns>
    Tensor Shortest(int[] ids) => voice.Config.MarksAreSilent
        ? tensor(ids.Select(id => id == SymbolTable.Pad || SymbolGroups.IsMark(id) ? 0L : 1L).ToArray()).unsqueeze(0)
        : ones([1, ids.Length], ScalarType.Int64);

    Tensor Noise(long samples, SpeakingOptions options)
    {
        long[] shape = [1, samples, _networks.Decoder.SourceChannels];
        if (options.SourceNoise == 0)
            return zeros(shape);
        using var generator = new Generator((ulong)CounterSeed.Of(options.Seed, 1), CPU);
        return randn(shape, generator: generator) * options.SourceNoise;
    }

    static float[] Numbers(Tensor x) => x.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
}
