using Kanade.Audio;

namespace Kanade.Models;

/// <summary>The networks from text and style to sound. They belong to a <see cref="NetworkSet"/>.</summary>
/// <param name="TextEncoder">Phonemes to encodings.</param>
/// <param name="StyleEncoder">A spectrogram to its acoustic style.</param>
/// <param name="Decoder">Aligned encodings, pitch, energy and style to a waveform.</param>
public sealed record AcousticNetworks(TextEncoder TextEncoder, StyleEncoder StyleEncoder, Decoder Decoder)
{
    /// <summary>Builds them into a set, under the state names <c>text_encoder</c>, <c>style_encoder</c>, <c>decoder</c>.</summary>
    public static AcousticNetworks Create(NetworkSet networks, AcousticConfig config, MelConfig mel, int symbols) => new(
        networks.Add("text_encoder", config.BuildTextEncoder(symbols), config),
        networks.Add("style_encoder", config.BuildStyleEncoder(), config),
        networks.Add("decoder", config.Decoder.Build(config.Channels, AcousticConfig.StyleSize, mel), config));
}
