using Kanade.Audio;
using Kanade.Models;
using Kanade.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Synthesis;

/// <summary>
/// Makes a voice of a checkpoint of the second stage. It loads the networks; its caller measures styles with them, writes the voice, and
/// writes <c>voice.yml</c>, whose format belongs to the command line.
/// </summary>
/// <remarks>Do not make one inside a dispose scope: the networks' buffers would die with the scope.</remarks>
public sealed class VoiceBuilder : IDisposable
{
    readonly NetworkSet _networks = new();
    readonly VoiceConfig _config;

    /// <param name="checkpoint">Of the second stage, with every network from text to speech.</param>
    /// <param name="mel">The spectrogram of the dataset that it was trained on.</param>
    /// <param name="name">The voice's name, for people.</param>
    /// <exception cref="CheckpointException">A network is missing or does not fit.</exception>
    /// <exception cref="InvalidDataException">The decoder does not fit the spectrogram.</exception>
    public VoiceBuilder(Checkpoint checkpoint, MelConfig mel, string name)
    {
        if (checkpoint.State.SymbolTable != SymbolTable.Fingerprint)
            throw new CheckpointException($"{checkpoint.Folder}: made with another symbol table than this program's");
        if (checkpoint.State.HeardMel is { } heard && heard != mel)
            throw new CheckpointException($"{checkpoint.Folder}: trained on another mel spectrogram than the dataset's");
        try
        {
            // Saved as 0 by a run that ended before its style diffusion began.
            _config = new VoiceConfig(
                mel, checkpoint.Sizes<AcousticConfig>("decoder"), checkpoint.Sizes<PhonemeBertConfig>("bert"),
                checkpoint.Sizes<ProsodyConfig>("predictor"), checkpoint.Sizes<DiffusionConfig>("diffusion"),
                checkpoint.State.Measures.GetValueOrDefault(CheckpointState.SigmaData), checkpoint.State.SymbolTable,
                MarksAreSilent: checkpoint.State.Measures.ContainsKey(CheckpointState.SilentMarks), Name: name);
            Networks = SpeechNetworks.Create(
                _networks, _config.Acoustic, _config.Bert, _config.Prosody, _config.Diffusion, mel, SymbolTable.Count);
            foreach (var network in _networks.Sizes.Keys)
                checkpoint.LoadAveraged(network, _networks[network]);
            _networks.Evaluate();
        }
        catch
        {
            _networks.Dispose();
            throw;
        }
    }

    /// <summary>The networks, in evaluation mode; they stay this builder's.</summary>
    public SpeechNetworks Networks { get; }

    /// <summary>Writes weights and styles.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="styles">(256) each, by name.</param>
    /// <param name="utterances">How many recordings each style was measured on.</param>
    /// <returns>What <c>voice.yml</c> has to say.</returns>
    public VoiceConfig Write(string folder, IReadOnlyDictionary<string, Tensor> styles, IReadOnlyDictionary<string, int> utterances)
    {
        Voice.Write(folder, _networks.Flat, styles);
        return _config with { DefaultStyle = DefaultStyle(utterances) };
    }

    /// <summary>The style to speak where none is named: the largest <c>neutral</c> or <c>normal</c> one, else the largest.</summary>
    /// <param name="utterances">How many recordings each style was measured on, by <c>speaker/style</c>.</param>
    /// <returns>Null where there is none.</returns>
    public static string? DefaultStyle(IReadOnlyDictionary<string, int> utterances) => utterances
        .OrderByDescending(style => IsNeutral(style.Key))
        .ThenByDescending(style => style.Value)
        .ThenBy(style => style.Key, StringComparer.Ordinal)
        .Select(style => style.Key).FirstOrDefault();

    static bool IsNeutral(string name) =>
        name.EndsWith("/neutral", StringComparison.OrdinalIgnoreCase) || name.EndsWith("/normal", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public void Dispose() => _networks.Dispose();
}
