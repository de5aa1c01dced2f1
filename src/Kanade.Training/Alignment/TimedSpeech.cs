namespace Kanade.Training;

/// <summary>A sound in its time.</summary>
/// <param name="Phone">The phone; "pau" for a pause.</param>
/// <param name="Symbols">The symbols that stand for it, accents that follow it included; "" for the silence at both ends.</param>
/// <param name="StartSeconds">From the beginning of the utterance.</param>
/// <param name="EndSeconds">Where the next begins.</param>
public sealed record TimedPhone(string Phone, string Symbols, double StartSeconds, double EndSeconds);

/// <summary>An utterance's text in its time.</summary>
/// <param name="Id">Of the utterance.</param>
/// <param name="Text">As written.</param>
/// <param name="Seconds">Length of the sound.</param>
/// <param name="Confidence">Geometric mean, over the text's symbols, of the probability that the recogniser gives the text (CTC): near 1
/// where text and sound belong together, near 0 where they do not.</param>
/// <param name="PhoneError">Edit distance between the phones heard and those of the text, as a part of the text's.</param>
/// <param name="Heard">The phones that were recognised, whatever the text says; no pauses.</param>
/// <param name="Phones">Those of the text, without gaps, from 0 to the end.</param>
/// <param name="Durations">(T) aligner frames of each symbol, the pads at both ends included (<see cref="SymbolDurations"/>); null where there are none.</param>
public sealed record TimedSpeech(
    string Id,
    string Text,
    double Seconds,
    double Confidence,
    double PhoneError,
    IReadOnlyList<string> Heard,
    IReadOnlyList<TimedPhone> Phones,
    int[]? Durations = null);
