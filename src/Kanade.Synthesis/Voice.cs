using Kanade.Models;
using Kanade.Text;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Synthesis;

/// <summary>
/// What speech is made with: a folder of <c>voice.safetensors</c> (the networks from text to speech, <c>network.parameter</c>),
/// <c>styles.safetensors</c> (named style vectors) and <c>voice.yml</c>, which the command line reads and writes.
/// </summary>
public sealed class Voice : IDisposable
{
    /// <summary>Its files.</summary>
    public const string ConfigFile = "voice.yml", WeightsFile = "voice.safetensors", StylesFile = "styles.safetensors";

    /// <summary>Numbers of a style vector: the acoustic half, then the prosodic half.</summary>
    public const int StyleSize = 2 * AcousticConfig.StyleSize;

    readonly NetworkSet _networks;
    readonly Dictionary<string, Tensor> _styles;

    Voice(VoiceConfig config, NetworkSet networks, SpeechNetworks speech, Dictionary<string, Tensor> styles) =>
        (Config, _networks, Networks, _styles) = (config, networks, speech, styles);

    /// <summary>What <c>voice.yml</c> says.</summary>
    public VoiceConfig Config { get; }

    /// <summary>The networks, in evaluation mode.</summary>
    internal SpeechNetworks Networks { get; }

    /// <summary>The names of its styles, in order.</summary>
    public IReadOnlyList<string> Styles => [.. _styles.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The style spoken where none is named: what <c>voice.yml</c> says, or the first; "" where the voice has none.</summary>
    public string DefaultStyle => Config.DefaultStyle ?? (_styles.Count > 0 ? Styles[0] : "");

    /// <summary>Whether its style diffusion was trained: only then can styles be drawn.</summary>
    public bool HasDiffusion => Config.SigmaData > 0;

    /// <summary>Symbols between the padding that the voice was trained, or its original speaks, with.</summary>
    /// <param name="symbols">(T) ids without padding.</param>
    public int[] Pad(IEnumerable<int> symbols) => Config.PadsEnd ? [SymbolTable.Pad, .. symbols, SymbolTable.Pad] : [SymbolTable.Pad, .. symbols];

    /// <summary>Loads a voice.</summary>
    /// <param name="folder">Where its files are.</param>
    /// <param name="config">Its <c>voice.yml</c>.</param>
    /// <exception cref="CheckpointException">A file is missing or does not fit.</exception>
    public static Voice Open(string folder, VoiceConfig config)
    {
        if (config.SymbolTable != SymbolTable.Fingerprint)
            throw new CheckpointException($"{Path.Combine(folder, ConfigFile)}: symbol_table: the voice reads other symbols than this program writes");
        var networks = new NetworkSet();
        try
        {
            var speech = SpeechNetworks.Create(networks, config.Acoustic, config.Bert, config.Prosody, config.Diffusion, config.Mel, SymbolTable.Count);
            speech.Diffusion.SigmaData = config.SigmaData;
            var weights = Path.Combine(folder, WeightsFile);
            if (!File.Exists(weights))
                throw new CheckpointException($"{weights}: missing; give the folder of a voice");
            StrictState.Load(weights, networks.Flat);
            networks.Train(); // none of them
            foreach (var name in networks.Sizes.Keys)
                networks.Freeze(name);
            return new Voice(config, networks, speech, ReadStyles(Path.Combine(folder, StylesFile)));
        }
        catch
        {
            networks.Dispose();
            throw;
        }
    }

    /// <summary>Writes the weights and styles of a voice; <c>voice.yml</c> is the caller's.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="weights">By <c>network.parameter</c>.</param>
    /// <param name="styles">(256) each, by name.</param>
    public static void Write(string folder, IReadOnlyDictionary<string, Tensor> weights, IReadOnlyDictionary<string, Tensor> styles)
    {
        Directory.CreateDirectory(folder);
        SafeTensors.Write(Path.Combine(folder, WeightsFile), weights);
        SafeTensors.Write(Path.Combine(folder, StylesFile), styles);
    }

    /// <summary>A named style; without a name the voice's default, or its first.</summary>
    /// <returns>(1, 256), which the voice owns.</returns>
    /// <exception cref="InvalidDataException">It has no such style; the message lists those it has.</exception>
    public Tensor Style(string? name = null)
    {
        name ??= DefaultStyle;
        return _styles.TryGetValue(name, out var style)
            ? style
            : throw new InvalidDataException(_styles.Count == 0
                ? "the voice has no styles of its own: give --style or --reference"
                : $"the voice has no style '{name}'; it has {string.Join(", ", Styles)}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _networks.Dispose();
        foreach (var style in _styles.Values)
            style.Dispose();
    }

    static Dictionary<string, Tensor> ReadStyles(string path)
    {
        var styles = new Dictionary<string, Tensor>();
        if (!File.Exists(path))
            return styles;
        using var file = SafeTensorsFile.Open(path);
        foreach (var name in file.Names)
        {
            if (file.Shape(name) is not [StyleSize])
                throw new CheckpointException($"{path}: {name} has the shape [{string.Join(", ", file.Shape(name))}], a style vector has [{StyleSize}]");
            using var read = file.Read(name);
            styles[name] = read.to(ScalarType.Float32).reshape(1, StyleSize).DetachFromDisposeScope();
        }
        return styles;
    }
}
