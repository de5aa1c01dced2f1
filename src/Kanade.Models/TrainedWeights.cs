using System.Text.Json;
using Kanade.Audio;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>Weights that another training begins from: those of a run's checkpoint, averaged where it averaged them, or those of a
/// voice.</summary>
public sealed class TrainedWeights
{
    readonly IReadOnlyDictionary<string, JsonElement> _sizes;
    readonly Checkpoint? _checkpoint;
    readonly MelConfig? _mel;

    TrainedWeights(
        string place, IReadOnlyDictionary<string, JsonElement> sizes, MelConfig? mel, double sigmaData, Checkpoint? checkpoint) =>
        (Place, _sizes, _mel, SigmaData, _checkpoint) = (place, sizes, mel, sigmaData, checkpoint);

    /// <summary>The checkpoint's folder, or the voice's file of weights.</summary>
    public string Place { get; }

    /// <summary>The deviation of the styles that their diffusion was trained on; 0 where it was not, or there is none.</summary>
    public double SigmaData { get; }

    /// <summary>Of a checkpoint.</summary>
    public static TrainedWeights Of(Checkpoint checkpoint) => new(
        checkpoint.Folder, checkpoint.State.Networks, checkpoint.State.HeardMel,
        checkpoint.State.Measures.GetValueOrDefault(CheckpointState.SigmaData), checkpoint);

    /// <summary>Of a voice.</summary>
    /// <param name="weights">Its file of weights, as <c>network.parameter</c>.</param>
    /// <param name="sizes">The sizes of its networks (<see cref="CheckpointState.Describe"/>).</param>
    /// <param name="mel">The spectrogram that they hear.</param>
    /// <param name="sigmaData">Its <see cref="SigmaData"/>.</param>
    public static TrainedWeights OfVoice(string weights, IReadOnlyDictionary<string, JsonElement> sizes, MelConfig mel, double sigmaData) =>
        new(weights, sizes, mel, sigmaData, checkpoint: null);

    /// <summary>Whether a network is among them.</summary>
    public bool Has(string network) => _checkpoint?.Has(network) ?? _sizes.ContainsKey(network);

    /// <summary>The sizes that a network was built from.</summary>
    /// <exception cref="CheckpointException">It is not among them.</exception>
    public T Sizes<T>(string network) =>
        _sizes.TryGetValue(network, out var sizes) && sizes.Deserialize<T>(CheckpointState.Json) is { } read ? read
        : throw new CheckpointException($"{Place}: holds no network '{network}'");

    /// <summary>Copies a network's weights in, strictly by name and shape.</summary>
    /// <exception cref="CheckpointException">Lists every difference; nothing was changed.</exception>
    public void Load(string network, nn.Module module)
    {
        if (_checkpoint is not null)
        {
            _checkpoint.LoadAveraged(network, module);
            return;
        }
        StrictState.Load(Place, module.state_dict(), network + ".");
    }

    /// <summary>Refuses weights that were trained on other spectrograms than those they are about to hear.</summary>
    /// <param name="mel">The dataset's.</param>
    /// <exception cref="CheckpointException">They were.</exception>
    public void RequireMel(MelConfig mel)
    {
        if (_mel is { } heard && heard != mel)
        {
            throw new CheckpointException(
                $"{Place}: trained on sound of {heard.SampleRate} Hz ({heard}), but the dataset's is {mel.SampleRate} Hz ({mel}): "
                + "preprocess the corpus with those settings, or begin with a run that was trained with these");
        }
    }
}
