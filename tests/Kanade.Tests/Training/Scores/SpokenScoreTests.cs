using Kanade.Training;
using Kanade.Training.Scores;

namespace Kanade.Tests.Training.Scores;

public sealed class SpokenScoreTests
{
    const double Hop = 0.0125;

    static readonly string[] Text = ["pau", "k", "a", "s", "U", "i", "pau"];

    // Frames of each phone: 2.0 s in all.
    static readonly int[] Frames = [20, 10, 40, 20, 10, 40, 20];

    [Fact]
    public void A_copy_that_is_stretched_has_correlation_1_and_only_its_duration_is_wrong()
    {
        var score = SpokenScore.Compare(Speech(stretch: 1.5), Speech(), phones: 5);
        Assert.True(score.IsCompared);
        Assert.Equal(1, score.F0.Value, 1e-3);
        Assert.Equal(1, score.Energy.Value, 1e-3);
        Assert.Equal(0, score.Pitch.GrossError);
        Assert.InRange(score.Pitch.VoicingError, 0, 0.02);
        Assert.Equal(0.5, score.DurationError, 1e-6);
        Assert.Equal(1.5 * 120 * Hop, score.SpeechSeconds.Spoken, 1e-6);
        Assert.Equal(score.MeanF0.Recorded, score.MeanF0.Spoken, 1.0);
    }

    [Fact]
    public void A_contour_that_comes_late_correlates_less()
    {
        var score = SpokenScore.Compare(Speech(late: 15), Speech(), phones: 5);
        Assert.InRange(score.F0.Value, -1, 0.9);
        Assert.InRange(score.Energy.Value, -1, 0.9);
        Assert.Equal(0, score.DurationError);
    }

    [Fact]
    public void A_constant_pitch_correlates_with_nothing_and_is_no_NaN()
    {
        var flat = Speech() with { F0 = [.. Speech().F0.Select(f => f > 0 ? 200f : 0)] };
        Assert.Equal(0, SpokenScore.Compare(flat, Speech(), phones: 5).F0.Value);
        Assert.Equal(0, SpokenScore.Compare(Speech(), flat, phones: 5).F0.Value);
        Assert.Equal(200, flat.MeanF0, 1e-3);
    }

    [Fact]
    public void Twice_the_pitch_is_grossly_wrong_everywhere_and_still_correlates()
    {
        var high = Speech() with { F0 = [.. Speech().F0.Select(f => 2 * f)] };
        var score = SpokenScore.Compare(high, Speech(), phones: 5);
        Assert.Equal((1, 0), (score.Pitch.GrossError, score.Pitch.VoicingError));
        Assert.Equal(1, score.F0.Value, 1e-6);
        Assert.Equal(2, score.MeanF0.Spoken / score.MeanF0.Recorded, 1e-6);
    }

    [Fact]
    public void Twice_the_amplitude_is_6_dB_more()
    {
        var loud = Speech() with { Energy = [.. Speech().Energy.Select(e => e + 2 * (float)Math.Log(2))] };
        var score = SpokenScore.Compare(loud, Speech(), phones: 5);
        Assert.Equal(6.02, score.MeanEnergyDb.Spoken - score.MeanEnergyDb.Recorded, 0.01);
    }

    [Fact]
    public void A_sound_50_dB_below_the_others_is_silent_unless_it_may_be()
    {
        var quiet = (float)(50 / MeasuredSpeech.DbPerUnit);
        MeasuredSpeech With(string phone)
        {
            var speech = Speech();
            var energy = speech.Energy.ToArray();
            foreach (var silent in speech.Phones.Where(p => p.Phone == phone))
            {
                for (var frame = (int)Math.Round(silent.StartSeconds / Hop); frame < (int)Math.Round(silent.EndSeconds / Hop); frame++)
                    energy[frame] = 5 - quiet;
            }
            return speech with { Energy = energy };
        }

        Assert.Empty(Speech().SilentPhones);
        Assert.Equal([3], With("s").SilentPhones);
        Assert.Equal(10, With("s").SilentFrames); // the middle half of 20
        Assert.Empty(With("U").SilentPhones);
        Assert.Empty(With("pau").SilentPhones);
        Assert.Equal((1, 0), SpokenScore.Compare(With("s"), Speech(), phones: 5).SilentPhones);
    }

    [Fact]
    public void A_vowel_without_a_voiced_frame_counts_where_the_recording_is_voiced()
    {
        MeasuredSpeech Without(int from, int to) => Speech() with { F0 = [.. Speech().F0.Select((f, i) => i >= from && i < to ? 0 : f)] };
        Assert.Equal([2], SpokenScore.Compare(Without(30, 70), Speech(), phones: 5).UnvoicedVowels);
        Assert.Empty(SpokenScore.Compare(Without(30, 69), Speech(), phones: 5).UnvoicedVowels);
        Assert.Empty(SpokenScore.Compare(Without(30, 70), Without(30, 60), phones: 5).UnvoicedVowels);
        Assert.Empty(SpokenScore.Compare(Speech(), Without(30, 70), phones: 5).UnvoicedVowels);
        Assert.Equal(40 / 161.0, SpokenScore.Compare(Without(30, 70), Speech(), phones: 5).Pitch.VoicingError, 1e-9);
        // At an eighth of the tempo's duration the vowel lasts 62.5 ms, at a twentieth 25 ms: too short to be sure.
        Assert.Equal([2], SpokenScore.Compare(Mute(Speech(stretch: 0.125)), Speech(), phones: 5).UnvoicedVowels.Take(1));
        Assert.Empty(SpokenScore.Compare(Mute(Speech(stretch: 0.05)), Speech(), phones: 5).UnvoicedVowels);

        static MeasuredSpeech Mute(MeasuredSpeech speech) => speech with { F0 = new float[speech.F0.Length] };
    }

    [Fact]
    public void What_cannot_be_aligned_has_every_phone_wrong()
    {
        var score = SpokenScore.Compare(null, Speech(), phones: 5);
        Assert.Equal((new PhoneErrors(5, 5), new PhoneErrors(1, 5)), (score.Spoken, score.Recorded));
        Assert.Equal((false, false, 0.0), (score.IsCompared, score.IsSpokenAligned, score.F0.Value));
        var without = SpokenScore.Compare(Speech(), null, phones: 5);
        Assert.True(without is { IsSpokenAligned: true, IsCompared: false, Recorded.Rate: 1, Spoken.Rate: 0.2 });
    }

    [Fact]
    public void Two_texts_are_a_mistake_of_the_caller() =>
        Assert.Throws<ArgumentException>(
            () => SpokenScore.Compare(Speech() with { Phones = [.. Speech().Phones.Skip(1)] }, Speech(), phones: 5));

    [Fact]
    public void Phone_errors_are_counted_without_pauses()
    {
        var timed = new TimedSpeech("x", "", 1, 1, 0.4, ["k", "a", "s", "o", "i"], Speech().Phones);
        Assert.Equal(new PhoneErrors(1, 5), PhoneErrors.Of(timed));
    }

    [Fact]
    public void Nobody_speaks_in_a_sound_of_pauses_and_nothing_is_NaN()
    {
        var nothing = new MeasuredSpeech([new("pau", "", 0, 1)], new(0, 0), new float[81], new float[81], Hop);
        var score = SpokenScore.Compare(nothing, nothing, phones: 0);
        Assert.Equal(
            [0, 0, 0, 0, 0, 0],
            [score.F0.Value, score.Energy.Value, score.DurationError, score.MeanF0.Spoken, score.MeanEnergyDb.Spoken, score.Spoken.Rate]);
    }

    /// <summary>A sentence whose F0 rises and falls in the vowels, and whose energy does so everywhere.</summary>
    /// <param name="stretch">How much longer it is.</param>
    /// <param name="late">Frames by which its contours lag.</param>
    internal static MeasuredSpeech Speech(double stretch = 1, int late = 0)
    {
        var (phones, at) = (new List<TimedPhone>(), 0.0);
        foreach (var (phone, frames) in Text.Zip(Frames))
            phones.Add(new TimedPhone(phone, phone, at * Hop, (at += frames * stretch) * Hop));
        var count = (int)Math.Round(at) + 1;
        double Position(int frame) => Math.Max(0, frame - late) / stretch;
        bool IsVoiced(double position) => position is >= 30 and < 70 or >= 100 and < 140;
        float F0(double position) => IsVoiced(position) ? (float)(200 * Math.Exp(0.3 * Math.Sin(position / 8))) : 0;
        return new MeasuredSpeech(
            phones, new PhoneErrors(1, 5),
            [.. Enumerable.Range(0, count).Select(i => F0(Position(i)))],
            [.. Enumerable.Range(0, count).Select(i => (float)(5 + Math.Sin(Position(i) / 10)))], Hop);
    }
}
