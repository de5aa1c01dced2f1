using Kanade.Torch;

namespace Kanade.Training;

/// <summary>How well F0 contours agree with the judge's: the measures of Rabiner et al. (1976) and Chu and Alwan (2009).</summary>
public sealed class PitchScore
{
    /// <summary>A pitch is grossly wrong when it is off by more than this part of the true one.</summary>
    public const double GrossLimit = 0.2;

    /// <summary>F0 in Hz at or below this counts as unvoiced: an ungated network never gives exactly 0.</summary>
    public const double VoicedAbove = 30;

    double _cents;
    long _gross, _wrongVoicing;

    /// <summary>Frames compared.</summary>
    public long Frames { get; private set; }

    /// <summary>Those that both call voiced.</summary>
    public long Voiced { get; private set; }

    /// <summary>Share of the frames that both call voiced whose pitch is grossly wrong; 1 where there are none.</summary>
    public double GrossError => Voiced == 0 ? 1 : (double)_gross / Voiced;

    /// <summary>Share of the frames that one calls voiced and the other not.</summary>
    public double VoicingError => Frames == 0 ? 1 : (double)_wrongVoicing / Frames;

    /// <summary>Both errors together: what validation minimises.</summary>
    public double Total => GrossError + VoicingError;

    /// <summary>Mean deviation of the pitches that are not grossly wrong, in hundredths of a semitone.</summary>
    public double Cents => Voiced == _gross ? 0 : _cents / (Voiced - _gross);

    /// <summary>The same over what all processes have added.</summary>
    internal PitchScore Over(IProcessGroup group)
    {
        Span<double> sums = [_cents, _gross, _wrongVoicing, Frames, Voiced];
        group.Sum(sums);
        return new PitchScore { _cents = sums[0], _gross = (long)sums[1], _wrongVoicing = (long)sums[2], Frames = (long)sums[3], Voiced = (long)sums[4] };
    }

    /// <summary>Adds every frame of another score.</summary>
    public void Add(PitchScore other)
    {
        (_cents, _gross, _wrongVoicing) = (_cents + other._cents, _gross + other._gross, _wrongVoicing + other._wrongVoicing);
        (Frames, Voiced) = (Frames + other.Frames, Voiced + other.Voiced);
    }

    /// <summary>Adds contours of the same frames.</summary>
    /// <param name="found">(F) Hz, 0 = unvoiced.</param>
    /// <param name="judged">(F) Hz, 0 = unvoiced; NaN where the judge says nothing.</param>
    public void Add(ReadOnlySpan<float> found, ReadOnlySpan<float> judged)
    {
        for (var i = 0; i < Math.Min(found.Length, judged.Length); i++)
        {
            if (float.IsNaN(judged[i]))
                continue;
            Frames++;
            var voiced = found[i] > VoicedAbove;
            if (voiced != judged[i] > 0)
                _wrongVoicing++;
            else if (voiced)
            {
                Voiced++;
                if (Math.Abs(found[i] - judged[i]) > GrossLimit * judged[i])
                    _gross++;
                else
                    _cents += Math.Abs(1200 * Math.Log2(found[i] / judged[i]));
            }
        }
    }
}
