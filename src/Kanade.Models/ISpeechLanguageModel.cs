using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>
/// A speech recogniser or self-supervised model whose hidden states tell recorded from generated speech (StyleTTS 2, section 3.2.4).
/// It is frozen: its weights take no gradient, the waveform does.
/// </summary>
public interface ISpeechLanguageModel : IDisposable
{
    /// <summary>Channels of one hidden state.</summary>
    int Hidden { get; }

    /// <summary>Hidden states: one for the embedding and one a layer.</summary>
    int States { get; }

    /// <summary>All hidden states of a waveform, stacked as channels.</summary>
    /// <param name="wave">(B, N) samples at 16 kHz.</param>
    /// <returns>(B, States · Hidden, t), state after state; t is a frame of 20 ms.</returns>
    Tensor Features(Tensor wave);

    /// <summary>Moves the weights to a device.</summary>
    /// <param name="device">Where the waveforms will be.</param>
    void MoveTo(Device device);
}

/// <summary>Opens speech language models.</summary>
public static class SpeechLanguageModel
{
    /// <summary>Samples a second that every speech language model hears.</summary>
    public const int SampleRate = 16000;

    /// <summary>Opens a model by what its file holds: the encoder of Whisper, or WavLM.</summary>
    /// <param name="path">A safetensors file, or the folder of <c>model.safetensors</c> as Hugging Face lays it out.</param>
    /// <exception cref="InvalidDataException">The file holds neither.</exception>
    public static ISpeechLanguageModel Open(string path)
    {
        using var weights = PretrainedWeights.Open(path);
        if (WavLm.Recognizes(weights))
            return WavLm.Read(weights);
        if (WhisperEncoder.Recognizes(weights))
            return WhisperEncoder.Read(weights);
        throw new InvalidDataException($"{weights.Path}: holds neither a Whisper encoder nor WavLM: name one of their safetensors files");
    }

    /// <summary>(B, t, hidden) each, to (B, states · hidden, t).</summary>
    internal static Tensor Stack(IReadOnlyList<Tensor> states)
    {
        using var scope = NewDisposeScope();
        return stack(states.ToArray(), 1).transpose(-1, -2).flatten(1, 2).MoveToOuterDisposeScope();
    }

    internal static void Freeze(nn.Module model)
    {
        model.eval();
        foreach (var parameter in model.parameters())
            parameter.requires_grad = false;
    }
}
