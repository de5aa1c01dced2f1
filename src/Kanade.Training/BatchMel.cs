using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>A batch's spectrograms, cut to whole aligner frames. The tensors belong to the dispose scope they were made in.</summary>
/// <param name="Mel">(B, M, 2A) normalised log mel; what lies after an utterance's end is that of silence.</param>
/// <param name="Frames">(B) int64, aligner frames of each utterance.</param>
/// <param name="FrameMask">(B, A) bool, true after an utterance's end.</param>
/// <param name="IdMask">(B, T) bool, true after a text's end.</param>
sealed record BatchMel(Tensor Mel, Tensor Frames, Tensor FrameMask, Tensor IdMask)
{
    public static BatchMel Of(SpeechBatch batch, MelSpectrogram spectrogram)
    {
        var frames = batch.FrameLengths.div(2, RoundingMode.floor).to(ScalarType.Int64);
        var longest = batch.F0.shape[1] / 2;   // of the whole batch, of which this may be a part
        var mel = spectrogram.Compute(batch.Samples).narrow(2, 0, 2 * longest);
        return new BatchMel(mel, frames, SequenceMask.Padding(frames, longest), SequenceMask.Padding(batch.IdLengths, batch.Ids.shape[1]));
    }
}
