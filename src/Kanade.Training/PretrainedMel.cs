using Kanade.Audio;
using Kanade.Models;

namespace Kanade.Training;

/// <summary>The spectrogram that a pretrained network hears, which its checkpoint remembers.</summary>
static class PretrainedMel
{
    /// <returns>Null for an imported network, which does not say.</returns>
    internal static MelConfig? Of(Checkpoint checkpoint) => checkpoint.State.HeardMel;

    /// <summary>Refuses a network that was trained on other spectrograms than those it is about to hear.</summary>
    /// <param name="checkpoint">Of the network.</param>
    /// <param name="mel">The dataset's.</param>
    /// <param name="network">What to call it, with its article.</param>
    /// <exception cref="CheckpointException">It was.</exception>
    internal static void Require(Checkpoint checkpoint, MelConfig mel, string network)
    {
        if (Of(checkpoint) is { } heard && heard != mel)
            throw new CheckpointException(
                $"{checkpoint.Folder}: {network} for sound of {heard.SampleRate} Hz ({heard}), but the dataset's is {mel.SampleRate} Hz ({mel}): pretrain one on this dataset, or preprocess the corpus with those settings");
    }
}
