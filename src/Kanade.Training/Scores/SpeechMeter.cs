using Kanade.Audio;

namespace Kanade.Training.Scores;

/// <summary>Measures what the scores need of a sound: phone times and phone errors by an aligner, F0 and energy. One a thread.</summary>
/// <param name="aligner">A trained aligner; it stays the caller's.</param>
/// <param name="f0">Settings of the F0 estimator, the dataset's, so that both sounds are heard in one way.</param>
public sealed class SpeechMeter(SpeechAligner aligner, F0Config f0)
{
    readonly F0Estimator _pitch = new(aligner.Mel.SampleRate, aligner.Mel.HopLength, f0);
    readonly FrameEnergy _energy = new(aligner.Mel);

    /// <summary>Measures one sound.</summary>
    /// <param name="id">Its name, for messages.</param>
    /// <param name="text">As written.</param>
    /// <param name="ids">(T) its symbols, with the pad at both ends.</param>
    /// <param name="samples">(N) at the aligner's rate.</param>
    /// <returns>Null where the sound is too short for the text to be aligned with it.</returns>
    public MeasuredSpeech? Measure(string id, string text, IReadOnlyList<int> ids, float[] samples)
    {
        TimedSpeech timed;
        try
        {
            timed = aligner.Align(id, text, ids, samples);
        }
        catch (InvalidDataException)
        {
            return null;
        }
        return new MeasuredSpeech(
            timed.Phones, PhoneErrors.Of(timed), _pitch.Estimate(samples), _energy.Compute(samples), aligner.Mel.HopSeconds);
    }
}
