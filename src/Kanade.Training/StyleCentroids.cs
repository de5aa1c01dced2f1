using Kanade.Audio;
using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>The styles that a voice offers by name: the mean style vector of each speaker's recordings of each style.</summary>
public static class StyleCentroids
{
    /// <param name="networks">With trained style encoders, in evaluation mode.</param>
    /// <param name="data">Whose training split is listened to.</param>
    /// <returns>(256) each, acoustic half first, by <c>speaker/style</c>, or <c>speaker</c> where the corpus has no styles.</returns>
    public static IReadOnlyDictionary<string, Tensor> Measure(SpeechNetworks networks, TrainingData data)
    {
        using var noGradient = no_grad();
        using var spectrogram = new MelSpectrogram(data.Mel);
        var sums = new SortedDictionary<string, (Tensor Sum, int Count)>(StringComparer.Ordinal);
        foreach (var utterance in data.Dataset.Utterances(Corpus.Split.Train))
        {
            using var scope = NewDisposeScope();
            var mel = spectrogram.Compute(tensor(data.Dataset.Read(utterance).Samples).unsqueeze(0));
            var style = networks.StyleOf(mel, tensor(new long[] { utterance.Frames }))[0];                                  // (256)
            var name = utterance.Style.Length > 0 ? $"{utterance.Speaker}/{utterance.Style}" : utterance.Speaker;
            sums[name] = sums.TryGetValue(name, out var before)
                ? ((before.Sum + style).MoveToOuterDisposeScope(), before.Count + 1)
                : (style.MoveToOuterDisposeScope(), 1);
        }
        return sums.ToDictionary(s => s.Key, s => s.Value.Sum / s.Value.Count);
    }
}
