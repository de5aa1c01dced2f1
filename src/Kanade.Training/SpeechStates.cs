using Kanade.Audio;
using Kanade.Models;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>A frozen speech language model that hears the voice's own sample rate; gradients reach the waveform.</summary>
sealed class SpeechStates : IDisposable
{
    readonly ISpeechLanguageModel _model;
    readonly DifferentiableResampler _resampler;

    SpeechStates(ISpeechLanguageModel model, int sampleRate)
    {
        _model = model;
        _resampler = new DifferentiableResampler(sampleRate, SpeechLanguageModel.SampleRate);
    }

    /// <summary>Channels of one state.</summary>
    public int Hidden => _model.Hidden;

    /// <summary>States that <see cref="Of"/> stacks.</summary>
    public int Layers => _model.States;

    /// <summary>Opens the model, or says in the log that there is none.</summary>
    /// <returns>Null where the SLM losses are off.</returns>
    public static SpeechStates? Open(SlmConfig config, int sampleRate, ILogger log)
    {
        if (config.Weights is { } path)
            return new SpeechStates(SpeechLanguageModel.Open(path), sampleRate);
        if (config.Random)
        {
            log.Warning("slm.random: a small Whisper encoder with random weights (seed {Seed}) takes its place in the SLM losses",
                config.Seed);
            return new SpeechStates(WhisperEncoder.SmallRandom(config.Seed), sampleRate);
        }
        log.Information("the SLM losses are off: slm.weights names no speech language model");
        return null;
    }

    /// <param name="wave">(B, 1, N) at the voice's rate.</param>
    /// <returns>(B, layers · hidden, t)</returns>
    public Tensor Of(Tensor wave)
    {
        using var scope = NewDisposeScope();
        return _model.Features(_resampler.Resample(wave.squeeze(1).to(ScalarType.Float32))).MoveToOuterDisposeScope();
    }

    /// <summary>How far apart two waves are in the model's states.</summary>
    /// <param name="recorded">(B, 1, N); takes no gradient.</param>
    /// <param name="generated">(B, 1, N)</param>
    public Tensor Distance(Tensor recorded, Tensor generated)
    {
        using var scope = NewDisposeScope();
        Tensor truth;
        using (no_grad())
            truth = Of(recorded);
        return SlmLoss.Features(truth, Of(generated), Layers).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _model.Dispose();
        _resampler.Dispose();
    }
}
