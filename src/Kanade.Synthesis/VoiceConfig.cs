using Kanade.Audio;
using Kanade.Models;

namespace Kanade.Synthesis;

/// <summary><c>voice.yml</c>: what the weights of a voice need around them.</summary>
/// <param name="Mel">The spectrogram that its styles are measured on; its rate and hop are those of the sound.</param>
/// <param name="Acoustic">Sizes of text encoder, style encoders and decoder.</param>
/// <param name="Bert">Sizes of PL-BERT.</param>
/// <param name="Prosody">Sizes of the prosody predictor.</param>
/// <param name="Diffusion">Sizes of the style diffusion.</param>
/// <param name="SigmaData">Standard deviation of its style vectors, measured in training; 0 says that
/// the style diffusion was never trained.</param>
/// <param name="SymbolTable">Fingerprint of the symbol table.</param>
/// <param name="PadsEnd">Whether the padding symbol ends a text as well as begins it. The original trains with both and speaks with the
/// first alone, and imported voices do as it does.</param>
/// <param name="SpeaksLate">Whether everything sounds one aligner frame later than its phoneme's durations say: StyleTTS 2 trained its
/// HiFi-GAN voices so, and shifts what it speaks with them.</param>
/// <param name="MarksAreSilent">Whether accents and gaps last no time, as in voices that were trained on the dataset's durations; otherwise
/// every symbol lasts at least one aligner frame.</param>
/// <param name="DefaultStyle">The style spoken where none is named.</param>
/// <param name="Name">For people.</param>
/// <param name="Licence">Under what terms it may be used.</param>
/// <param name="Credits">Whom its use has to name.</param>
public sealed record VoiceConfig(
    MelConfig Mel,
    AcousticConfig Acoustic,
    PhonemeBertConfig Bert,
    ProsodyConfig Prosody,
    DiffusionConfig Diffusion,
    double SigmaData,
    string SymbolTable,
    bool PadsEnd = true,
    bool SpeaksLate = false,
    bool MarksAreSilent = false,
    string? DefaultStyle = null,
    string Name = "",
    string Licence = "as its recordings allow",
    IReadOnlyList<string>? Credits = null)
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (!(SigmaData >= 0 && double.IsFinite(SigmaData)))
            yield return (nameof(SigmaData), "must be 0 (no style diffusion) or above");
    }
}
