using Kanade.Audio;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>The networks from text to speech: those of <see cref="AcousticNetworks"/> and those of the prosody. They belong to a
/// <see cref="NetworkSet"/>.</summary>
/// <param name="TextEncoder">Phonemes to encodings, for the decoder.</param>
/// <param name="StyleEncoder">A spectrogram to its acoustic style.</param>
/// <param name="Decoder">Aligned encodings, pitch, energy and style to a waveform.</param>
/// <param name="Bert">Phonemes to contexts.</param>
/// <param name="BertEncoder">Contexts to encodings, for the prosody.</param>
/// <param name="Predictor">Durations, pitch and energy.</param>
/// <param name="ProsodicStyleEncoder">A spectrogram to its prosodic style.</param>
/// <param name="Diffusion">Styles from contexts.</param>
public sealed record SpeechNetworks(
    TextEncoder TextEncoder, StyleEncoder StyleEncoder, Decoder Decoder, PhonemeBert Bert, Linear BertEncoder,
    ProsodyPredictor Predictor, StyleEncoder ProsodicStyleEncoder, StyleDiffusion Diffusion)
{
    /// <summary>Builds them into a set, under the original's state names.</summary>
    public static SpeechNetworks Create(
        NetworkSet networks, AcousticConfig acoustic, PhonemeBertConfig bert, ProsodyConfig prosody, DiffusionConfig diffusion, MelConfig mel, int symbols)
    {
        var (textEncoder, styleEncoder, decoder) = AcousticNetworks.Create(networks, acoustic, mel, symbols);
        return new SpeechNetworks(
            textEncoder, styleEncoder, decoder,
            networks.Add("bert", new PhonemeBert(bert), bert),
            networks.Add("bert_encoder", nn.Linear(bert.Hidden, acoustic.Channels), bert),
            networks.Add("predictor", prosody.Build(AcousticConfig.StyleSize, acoustic.Channels), prosody),
            networks.Add("predictor_encoder", acoustic.BuildStyleEncoder(), acoustic),
            networks.Add("diffusion", diffusion.Build(2 * AcousticConfig.StyleSize, bert.Hidden), diffusion));
    }

    /// <summary>The styles of recordings; see <see cref="StyleEncoder.StyleOf"/>.</summary>
    /// <param name="mel">(B, M, F) mel spectrograms; what lies after a recording's end is silence.</param>
    /// <param name="frames">(B) int64 mel frames of each.</param>
    /// <returns>(B, 2S): the acoustic half, then the prosodic half.</returns>
    public Tensor StyleOf(Tensor mel, Tensor frames)
    {
        using var scope = NewDisposeScope();
        return cat([StyleEncoder.StyleOf(mel, frames), ProsodicStyleEncoder.StyleOf(mel, frames)],
            1).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <param name="ids">(B, T) int64 symbols.</param>
    /// <param name="mask">(B, T) bool, true where padding.</param>
    /// <returns>The contexts (B, T, H) that the diffusion reads, and the encodings (B, C, T) that the prosody predictor reads.</returns>
    public (Tensor Context, Tensor Encoded) EncodeText(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var context = Bert.forward(ids, mask.logical_not().to(ScalarType.Int64));
        var encoded = BertEncoder.forward(context).transpose(1, 2);
        return (context.MoveToOuterDisposeScope(), encoded.MoveToOuterDisposeScope());
    }
}
