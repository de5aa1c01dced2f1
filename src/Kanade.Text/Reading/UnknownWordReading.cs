using System.Text;

namespace Kanade.Text;

/// <summary>Gives words without a pronunciation one: kana and letters are read as spelled and become fillers, a run of single kana is one word, ？ asks, and the rest is a pause.
/// Then the two contractions of verbs: う after a verb is ー, です and ます before ？ keep their u. (The first of the rule stages of Open JTalk.)</summary>
internal static class UnknownWordReading
{
    const string Filler = "フィラー";

    public static void Apply(List<Word> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i].Moras == 0)
                Spell(words[i]);
        }
        words.RemoveAll(word => word.Pronunciation == "*");
        JoinSpelledKana(words);
        for (var i = 0; i + 1 < words.Count; i++)
            Contract(words[i], words[i + 1]);
    }

    static void Spell(Word word)
    {
        var (spelling, moras) = SpellingOf(word.Surface);
        if (moras > 0)
        {
            (word.Reading, word.Pronunciation, word.Moras) = (spelling, spelling, moras);
            (word.Pos, word.Group1, word.Group2, word.Group3) = (Filler, "*", "*", "*");
        }
        else if (word.Surface == Word.Question)
        {
            (word.Reading, word.Pronunciation) = (Word.Question, Word.Question);
        }
        else
        {
            (word.Reading, word.Pronunciation, word.Pos) = (Word.Pause, Word.Pause, "記号");
        }
        if (word.Lemma == "*")
            word.Lemma = word.Surface;
    }

    public static bool CanSpell(string surface) => SpellingOf(surface).Moras > 0;

    static (string Spelling, int Moras) SpellingOf(string surface)
    {
        var katakana = Kana.ToKatakana(surface);
        StringBuilder? spelling = null;
        var moras = 0;
        for (var i = 0; i < katakana.Length;)
        {
            var length = Kana.MoraLength(katakana.AsSpan(i));
            if (length > 0)
            {
                (spelling ??= new StringBuilder()).Append(katakana, i, length);
                moras++;
            }
            else if (Kana.LetterName(katakana[i]) is { } name)
            {
                (spelling ??= new StringBuilder()).Append(name);
                moras += Kana.CountMoras(name);
            }
            i += Math.Max(1, length);
        }
        return (spelling?.ToString() ?? "*", moras);
    }

    /// <summary>Fillers of one spelled mora or letter each, side by side, are one word.</summary>
    static void JoinSpelledKana(List<Word> words)
    {
        Word? head = null;
        foreach (var word in words)
        {
            if (word.Pos != Filler || !IsOneSpelledUnit(word.Surface))
            {
                head = null;
            }
            else if (head is null)
            {
                head = word;
            }
            else
            {
                head.Surface += word.Surface;
                head.Lemma += word.Lemma;
                head.Reading += word.Reading;
                head.Pronunciation += word.Pronunciation;
                head.Moras += word.Moras;
                head.End = word.End;
                word.Pronunciation = "*";
            }
        }
        words.RemoveAll(word => word.Pronunciation == "*");
    }

    static bool IsOneSpelledUnit(string surface) =>
        (surface.Length == 1 && Kana.LetterName(surface[0]) is not null) || (surface.Length <= 2 && Kana.MoraLength(Kana.ToKatakana(surface)) == surface.Length);

    static void Contract(Word word, Word next)
    {
        if (next is { Pronunciation: "ウ", Pos: "助動詞" } && word is { Pos: "動詞" or "助動詞", Moras: > 0 })
            next.Pronunciation = "ー";
        if (word.Pos == "助動詞" && next.Surface == Word.Question)
        {
            if (word.Surface == "です")
                word.Pronunciation = "デス";
            else if (word.Surface == "ます")
                word.Pronunciation = "マス";
        }
    }
}
