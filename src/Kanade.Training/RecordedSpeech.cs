using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Where the pitch of recordings comes from.</summary>
public enum PitchSource
{
    /// <summary>The dataset's F0, which preprocessing found in the whole recording.</summary>
    Dataset,

    /// <summary>The pretrained pitch extractor, as in the original.</summary>
    Extractor,
}

/// <summary>Where the durations of symbols come from.</summary>
public enum AlignmentSource
{
    /// <summary>The aligner's attention, which learns on in the acoustic stage ("TMA" in StyleTTS, Li et al. 2022).</summary>
    Learned,

    /// <summary>The dataset's durations, as <c>kanade align --durations</c> found them by the aligner's CTC path.</summary>
    Dataset,
}

/// <summary>What both stages measure on the recordings of a batch. The tensors belong to the dispose scope they were made in.</summary>
/// <param name="Heard">Spectrograms and masks.</param>
/// <param name="F0">(B, 2A) Hz, 0 where unvoiced.</param>
/// <param name="Energy">(B, 2A) log energy (<see cref="Audio.Energy.Audible"/>).</param>
sealed record RecordedSpeech(BatchMel Heard, Tensor F0, Tensor Energy)
{
    /// <summary>(B, M, 2A).</summary>
    public Tensor Mel => Heard.Mel;

    /// <summary>Aligner frames of each, on the host.</summary>
    public long[] Frames { get; } = Heard.Frames.cpu().data<long>().ToArray();

    /// <param name="batch">The recordings.</param>
    /// <param name="spectrogram">The dataset's.</param>
    /// <param name="pitch">The pitch extractor; null takes the dataset's F0.</param>
    public static RecordedSpeech Of(SpeechBatch batch, MelSpectrogram spectrogram, PitchExtractor? pitch)
    {
        using var noGradient = no_grad();
        var heard = BatchMel.Of(batch, spectrogram);
        return new RecordedSpeech(heard, pitch is null ? batch.F0 : pitch.forward(heard.Mel.unsqueeze(1)), Audio.Energy.Audible(heard.Mel));
    }

    /// <summary>The dataset's alignment.</summary>
    /// <returns>(B, T, A): 1 where a frame belongs to a symbol.</returns>
    public Tensor PathOf(SpeechBatch batch) =>
        DurationAlignment.Hard(batch.Durations ?? throw new InvalidOperationException("the dataset was opened without durations"),
            Mel.shape[2] / 2);
}
