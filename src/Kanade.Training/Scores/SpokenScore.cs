namespace Kanade.Training.Scores;

/// <summary>One figure of the spoken sound and of its recording.</summary>
/// <param name="Spoken">Of the synthetic speech.</param>
/// <param name="Recorded">Of the recording.</param>
public readonly record struct FigurePair(double Spoken, double Recorded);

/// <summary>A spoken utterance compared with its recording.</summary>
/// <remarks>Contours are compared after alignment: each mel frame of a recorded phone is mapped linearly into the same phone as spoken,
/// so that another tempo costs nothing here; durations have a figure of their own.</remarks>
public sealed class SpokenScore
{
    /// <summary>A vowel shorter than this may be without a pitch, in seconds.</summary>
    public const double ShortestVowel = 0.05;

    SpokenScore(PhoneErrors spoken, PhoneErrors recorded) => (Spoken, Recorded) = (spoken, recorded);

    /// <summary>Phones misheard in the spoken sound.</summary>
    public PhoneErrors Spoken { get; }

    /// <summary>Phones misheard in the recording: what the recogniser itself gets wrong.</summary>
    public PhoneErrors Recorded { get; }

    /// <summary>Whether the spoken sound could be aligned with its text.</summary>
    public bool IsSpokenAligned { get; private init; }

    /// <summary>Whether both sounds could be aligned; where not, everything but the phone errors is empty.</summary>
    public bool IsCompared { get; private init; }

    /// <summary>Of log F0, over the frames that are voiced in both.</summary>
    public Correlation F0 { get; } = new();

    /// <summary>Of log energy, over all frames, each at least the recording's floor (60 dB below its loudest frame).</summary>
    public Correlation Energy { get; } = new();

    /// <summary>Gross pitch error (more than 20 %) and voicing error of the spoken contour against the recorded one.</summary>
    public PitchScore Pitch { get; } = new();

    /// <summary>From the start of the first sound to the end of the last, in seconds.</summary>
    public FigurePair SpeechSeconds { get; private init; }

    /// <summary>Geometric mean of F0 over voiced frames, in Hz.</summary>
    public FigurePair MeanF0 { get; private init; }

    /// <summary>Mean level of sounds in dB.</summary>
    public FigurePair MeanEnergyDb { get; private init; }

    /// <summary>Sounds that should be heard and are not (<see cref="MeasuredSpeech.SilentPhones"/>), of both.</summary>
    public (int Spoken, int Recorded) SilentPhones { get; private init; }

    /// <summary>Frames of such sounds (<see cref="MeasuredSpeech.SilentFrames"/>), of both.</summary>
    public (int Spoken, int Recorded) SilentFrames { get; private init; }

    /// <summary>Spoken vowels (and N) of at least <see cref="ShortestVowel"/> without a single voiced frame, although most frames
    /// of the same phone are voiced in the recording: by place among the phones.</summary>
    public IReadOnlyList<int> UnvoicedVowels { get; private init; } = [];

    /// <summary>Deviation of the speech's duration from the recording's, as a part of the recording's.</summary>
    public double DurationError => SpeechSeconds is { Recorded: > 0 } s ? Math.Abs(s.Spoken - s.Recorded) / s.Recorded : 0;

    /// <summary>Compares a spoken utterance with its recording.</summary>
    /// <param name="spoken">Null where the spoken sound cannot be aligned: all its phones count as wrong.</param>
    /// <param name="recorded">Null where the recording cannot be aligned.</param>
    /// <param name="phones">Phones of the text, pauses and accents not counted.</param>
    /// <exception cref="ArgumentException">The two are not of one text.</exception>
    public static SpokenScore Compare(MeasuredSpeech? spoken, MeasuredSpeech? recorded, int phones)
    {
        var (spokenErrors, recordedErrors) = (spoken?.Errors ?? PhoneErrors.All(phones), recorded?.Errors ?? PhoneErrors.All(phones));
        if (spoken is null || recorded is null)
            return new SpokenScore(spokenErrors, recordedErrors) { IsSpokenAligned = spoken is not null };
        if (!spoken.Phones.Select(p => p.Phone).SequenceEqual(recorded.Phones.Select(p => p.Phone)))
            throw new ArgumentException("the spoken sound and the recording have other phones: they are of two texts", nameof(spoken));
        var score = new SpokenScore(spokenErrors, recordedErrors)
        {
            IsSpokenAligned = true,
            IsCompared = true,
            SpeechSeconds = new(spoken.SpeechSeconds, recorded.SpeechSeconds),
            MeanF0 = new(spoken.MeanF0, recorded.MeanF0),
            MeanEnergyDb = new(spoken.MeanEnergyDb, recorded.MeanEnergyDb),
            SilentPhones = (spoken.SilentPhones.Count, recorded.SilentPhones.Count),
            SilentFrames = (spoken.SilentFrames, recorded.SilentFrames),
            UnvoicedVowels = [.. Unvoiced(spoken, recorded)],
        };
        score.CompareContours(spoken, recorded);
        return score;
    }

    void CompareContours(MeasuredSpeech spoken, MeasuredSpeech recorded)
    {
        var floor = recorded.Floor;
        List<float> found = [], judged = [];
        foreach (var (s, r) in spoken.Phones.Zip(recorded.Phones))
        {
            var stretch = r.EndSeconds > r.StartSeconds ? (s.EndSeconds - s.StartSeconds) / (r.EndSeconds - r.StartSeconds) : 0;
            foreach (var frame in recorded.FramesOf(r))
            {
                var at = (s.StartSeconds + (frame * recorded.HopSeconds - r.StartSeconds) * stretch) / spoken.HopSeconds;
                Energy.Add(Math.Max(EnergyAt(spoken.Energy, at), floor), Math.Max(recorded.Energy[frame], floor));
                var (f0, truth) = (F0At(spoken.F0, at), recorded.F0[frame]);
                found.Add(f0);
                judged.Add(truth);
                if (MeasuredSpeech.IsVoiced(f0) && MeasuredSpeech.IsVoiced(truth))
                    F0.Add(Math.Log(f0), Math.Log(truth));
            }
        }
        Pitch.Add([.. found], [.. judged]);
    }

    static IEnumerable<int> Unvoiced(MeasuredSpeech spoken, MeasuredSpeech recorded)
    {
        for (var i = 0; i < spoken.Phones.Count; i++)
        {
            var phone = spoken.Phones[i];
            if (!PhoneKinds.IsVowel(phone) || phone.EndSeconds - phone.StartSeconds < ShortestVowel - 1e-9)
                continue;
            var heard = recorded.FramesOf(recorded.Phones[i]).ToArray();
            var isVoiced = 2 * heard.Count(f => MeasuredSpeech.IsVoiced(recorded.F0[f])) > heard.Length;
            if (isVoiced && !spoken.FramesOf(phone).Any(f => MeasuredSpeech.IsVoiced(spoken.F0[f])))
                yield return i;
        }
    }

    /// <summary>Energy between two frames, linear in its logarithm.</summary>
    /// <param name="energy">(F).</param>
    /// <param name="at">A place in frames.</param>
    static double EnergyAt(float[] energy, double at)
    {
        var (frame, part) = Place(energy.Length, at);
        return part == 0 ? energy[frame] : energy[frame] + part * (energy[frame + 1] - energy[frame]);
    }

    /// <summary>F0 between two frames, linear in its logarithm where both are voiced; else the nearer one's.</summary>
    /// <param name="f0">(F) Hz.</param>
    /// <param name="at">A place in frames.</param>
    static float F0At(float[] f0, double at)
    {
        var (frame, part) = Place(f0.Length, at);
        if (part == 0)
            return f0[frame];
        var (before, after) = (f0[frame], f0[frame + 1]);
        return MeasuredSpeech.IsVoiced(before) && MeasuredSpeech.IsVoiced(after)
            ? (float)(before * Math.Pow(after / (double)before, part))
            : part < 0.5 ? before : after;
    }

    static (int Frame, double Part) Place(int frames, double at)
    {
        var inside = Math.Clamp(at, 0, frames - 1);
        var frame = (int)inside;
        return (frame, frame == frames - 1 ? 0 : inside - frame);
    }
}
