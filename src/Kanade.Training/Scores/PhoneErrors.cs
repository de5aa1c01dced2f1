namespace Kanade.Training.Scores;

/// <summary>How many phones of a text an aligner's recogniser heard wrongly: a count, so that utterances can be summed.</summary>
/// <param name="Errors">Phones to insert, delete or replace.</param>
/// <param name="Phones">Phones of the text; pauses and accents do not count.</param>
public readonly record struct PhoneErrors(int Errors, int Phones)
{
    /// <summary>Errors a phone; can exceed 1.</summary>
    public double Rate => Errors / (double)Math.Max(1, Phones);

    /// <summary>Both together.</summary>
    public static PhoneErrors operator +(PhoneErrors a, PhoneErrors b) => new(a.Errors + b.Errors, a.Phones + b.Phones);

    /// <summary>The errors of an aligned utterance.</summary>
    public static PhoneErrors Of(TimedSpeech speech)
    {
        string[] text = [.. speech.Phones.Where(p => !PhoneKinds.IsPause(p)).Select(p => p.Phone)];
        return new PhoneErrors(EditDistance.Of(text, speech.Heard), text.Length);
    }

    /// <summary>A text of which nothing was heard.</summary>
    /// <param name="phones">Phones of the text.</param>
    public static PhoneErrors All(int phones) => new(phones, phones);
}
