namespace Kanade.Training.Scores;

/// <summary>What the scores need of one utterance's sound, spoken or recorded.</summary>
/// <param name="Phones">The phones of its text in time, pauses included, without gaps from 0 to the end.</param>
/// <param name="Errors">What a recogniser misheard.</param>
/// <param name="F0">(F) Hz, one a mel frame; 0 where unvoiced.</param>
/// <param name="Energy">(F) log energy, one a mel frame (<see cref="Kanade.Audio.FrameEnergy"/>): the natural logarithm of a power.</param>
/// <param name="HopSeconds">From one mel frame to the next. Frame i is centred on i times this.</param>
public sealed record MeasuredSpeech(IReadOnlyList<TimedPhone> Phones, PhoneErrors Errors, float[] F0, float[] Energy, double HopSeconds)
{
    /// <summary>Decibels in one unit of log energy, which is the natural logarithm of a power.</summary>
    public const double DbPerUnit = 4.342944819032518;

    /// <summary>A sound that is this far below the median sound of its utterance cannot be heard.</summary>
    public const double SilentDb = 40;

    /// <summary>Share of a phone left out at each end: what lies there belongs half to its neighbours.</summary>
    const double Edge = 0.25;

    /// <summary>From the start of the first sound to the end of the last; 0 where there is none.</summary>
    public double SpeechSeconds => Phones.Any(p => !PhoneKinds.IsPause(p))
        ? Phones.Last(p => !PhoneKinds.IsPause(p)).EndSeconds - Phones.First(p => !PhoneKinds.IsPause(p)).StartSeconds
        : 0;

    /// <summary>Geometric mean of F0 over the voiced frames, in Hz; 0 where none is voiced.</summary>
    public double MeanF0
    {
        get
        {
            var voiced = F0.Where(IsVoiced).ToArray();
            return voiced.Length == 0 ? 0 : Math.Exp(voiced.Average(f0 => Math.Log(f0)));
        }
    }

    /// <summary>Mean level of the frames of sounds in dB, pauses left out; 0 where there is no sound.
    /// Only differences between utterances mean something.</summary>
    public double MeanEnergyDb
    {
        get
        {
            var floor = Floor;
            var sounds = Phones.Where(p => !PhoneKinds.IsPause(p)).SelectMany(FramesOf).Select(i => Math.Max(Energy[i], floor)).ToArray();
            return sounds.Length == 0 ? 0 : DbPerUnit * sounds.Average();
        }
    }

    /// <summary>60 dB below the loudest frame: what is quieter counts as this, because the logarithm of silence says nothing.</summary>
    public double Floor => (Energy.Length == 0 ? 0 : Energy.Max()) - 60 / DbPerUnit;

    /// <summary>Sounds that should be heard and are more than <see cref="SilentDb"/> below the median sound:
    /// by place in <see cref="Phones"/>. Pauses, <c>cl</c> and devoiced vowels may be silent.</summary>
    public IReadOnlyList<int> SilentPhones
    {
        get
        {
            var limit = SilenceLimit;
            return [.. Phones.Index().Where(p => PhoneKinds.IsAudible(p.Item) && Level(p.Item) < limit).Select(p => p.Index)];
        }
    }

    /// <summary>Mel frames inside sounds that should be heard which are more than <see cref="SilentDb"/> below the median sound.</summary>
    public int SilentFrames
    {
        get
        {
            var limit = SilenceLimit;
            return Phones.Where(PhoneKinds.IsAudible).SelectMany(Interior).Count(i => Energy[i] < limit);
        }
    }

    /// <summary>Whether a frame's F0 is that of a voice.</summary>
    internal static bool IsVoiced(float f0) => f0 > PitchScore.VoicedAbove;

    /// <summary>The mel frames whose centres lie in a phone; the last phone has the last frame too.</summary>
    internal IEnumerable<int> FramesOf(TimedPhone phone)
    {
        var first = FrameFrom(phone.StartSeconds);
        var end = ReferenceEquals(phone, Phones[^1]) ? Energy.Length : FrameFrom(phone.EndSeconds);
        return Enumerable.Range(first, Math.Max(0, end - first));
    }

    double SilenceLimit
    {
        get
        {
            var levels = Phones.Where(p => !PhoneKinds.IsPause(p)).Select(Level).Order().ToArray();
            return levels.Length == 0 ? double.NegativeInfinity : levels[levels.Length / 2] - SilentDb / DbPerUnit;
        }
    }

    /// <summary>Logarithm of the mean power inside a phone: a stop's burst counts more than its closure.</summary>
    double Level(TimedPhone phone) => Math.Log(Interior(phone).Average(i => Math.Exp(Energy[i])));

    /// <summary>The frames of a phone's middle half, or the one nearest to its middle.</summary>
    IEnumerable<int> Interior(TimedPhone phone)
    {
        var length = phone.EndSeconds - phone.StartSeconds;
        var (first, end) = (FrameFrom(phone.StartSeconds + Edge * length), FrameFrom(phone.EndSeconds - Edge * length));
        return first < end
            ? Enumerable.Range(first, end - first)
            : [Math.Clamp((int)Math.Round((phone.StartSeconds + length / 2) / HopSeconds), 0, Energy.Length - 1)];
    }

    /// <summary>The first frame whose centre is not before a time. The tolerance is for times that are multiples of a frame.</summary>
    int FrameFrom(double seconds) => Math.Clamp((int)Math.Ceiling(seconds / HopSeconds - 1e-6), 0, Energy.Length);
}
