namespace Kanade.Text;

/// <summary>Accent phrases from words whose readings, chaining and nuclei are settled.</summary>
internal static class PhraseBuilder
{
    /// <param name="words">The words.</param>
    /// <param name="phrases">Phrases are added here.</param>
    /// <param name="speakers">And here, for each mora of theirs, the word that it speaks.</param>
    public static void Build(List<Word> words, List<AccentPhrase> phrases, List<Word> speakers)
    {
        var slots = new List<MoraSlot>(4 * words.Count);
        Devoicing.Slots(words, slots);
        Devoicing.Apply(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(slots));
        var moras = new List<Mora>(16);
        var nucleus = 0;
        Word? word = null;
        foreach (var slot in slots)
        {
            if (!ReferenceEquals(slot.Word, word))
            {
                word = slot.Word;
                if (word.Chained != true || word.IsPause || moras.Count == 0)
                {
                    Flush(moras, nucleus, phrases);
                    nucleus = word.Nucleus;
                }
            }
            if (slot.IsPause)
                Mark(phrases, word.Surface);
            else if (slot.Kana == "ー" ? Hold(moras, phrases) : Speak(slot, moras))
                speakers.Add(word!);
        }
        Flush(moras, nucleus, phrases);
    }

    static bool Speak(MoraSlot slot, List<Mora> moras)
    {
        if (MoraTable.Of(slot.Kana, slot.Devoiced == true) is not { } mora)
            return false;
        moras.Add(mora);
        return true;
    }

    static void Flush(List<Mora> moras, int nucleus, List<AccentPhrase> phrases)
    {
        if (moras.Count == 0)
            return;
        phrases.Add(new AccentPhrase([.. moras], Math.Min(nucleus, moras.Count), false, ""));
        moras.Clear();
    }

    /// <summary>Hangs a mark on the phrase before it; marks at the beginning of a text are not heard.</summary>
    static void Mark(List<AccentPhrase> phrases, string mark)
    {
        if (phrases.Count > 0)
            phrases[^1] = phrases[^1] with { PauseAfter = true, Punctuation = phrases[^1].Punctuation + MarksOf(mark) };
    }

    /// <summary>What is unread paused the speech, but is no mark.</summary>
    static string MarksOf(string surface) => surface.EnumerateRunes().Any(System.Text.Rune.IsLetterOrDigit)
        ? string.Concat(surface.EnumerateRunes().Where(rune => !System.Text.Rune.IsLetterOrDigit(rune)))
        : surface;

    /// <summary>Holds the vowel before, which may be the last of the phrase before; after a pause there is nothing to hold.</summary>
    static bool Hold(List<Mora> moras, List<AccentPhrase> phrases)
    {
        if (moras.Count > 0)
            moras.Add(Held(moras[^1]));
        else if (phrases.Count > 0 && phrases[^1].Punctuation.Length == 0)
            phrases[^1] = phrases[^1] with { Moras = [.. phrases[^1].Moras, Held(phrases[^1].Moras[^1])] };
        else
            return false;
        return true;
    }

    static Mora Held(Mora before) => new("ー", [Kana.HeldBy(before.Phones[^1])]);
}
