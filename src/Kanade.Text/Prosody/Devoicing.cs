namespace Kanade.Text;

/// <summary>One mora in its place: the word it is of, its kana, whether its vowel is voiced (null: not known yet), its index in the accent phrase and the nucleus of that phrase.
/// A pause or question mark takes one slot too.</summary>
internal struct MoraSlot
{
    public Word Word;
    public string Kana;
    public bool? Devoiced;
    public int Index;
    public int Nucleus;
    public bool LastOfWord;

    public readonly bool IsPause => Word.IsPause;
}

/// <summary>Which vowels are devoiced: i and u between voiceless consonants, never on the nucleus and not twice running; the す of です and ます; し of verbs and particles first.
/// The rules of Open JTalk (after the Japanese Sentence Pattern devoicing rules of NHK).</summary>
internal static class Devoicing
{
    /// <summary>Splits the pronunciations into slots; ’ of the dictionary's pronunciations is taken over.</summary>
    public static void Slots(List<Word> words, List<MoraSlot> slots)
    {
        var index = 0;
        var nucleus = 0;
        foreach (var word in words)
        {
            if (word.Chained != true)
                (index, nucleus) = (0, word.Nucleus);
            if (word.IsPause)
            {
                slots.Add(new MoraSlot { Word = word, Kana = word.Pronunciation, Devoiced = false, Index = index, Nucleus = nucleus, LastOfWord = true });
                continue;
            }
            var rest = word.Pronunciation.AsSpan();
            while (!rest.IsEmpty)
            {
                var length = Kana.MoraLength(rest);
                if (length == 0)
                {
                    rest = rest[1..];
                    continue;
                }
                var marked = rest.Length > length && rest[length] == Kana.Devoiced;
                var slot = new MoraSlot { Word = word, Kana = Kana.Shared(rest[..length]), Devoiced = marked ? true : null, Index = index++, Nucleus = nucleus };
                rest = rest[(length + (marked ? 1 : 0))..];
                slot.LastOfWord = rest.IsEmpty;
                slots.Add(slot);
            }
        }
    }

    public static void Apply(Span<MoraSlot> slots)
    {
        for (var i = 0; i < slots.Length; i++)
        {
            ref var here = ref slots[i];
            if (i + 2 < slots.Length)
                PoliteEnding(slots.Slice(i, 3));
            if (i + 1 < slots.Length && slots[i + 1].Devoiced is null && here.Devoiced != true && !(i + 2 < slots.Length && slots[i + 2].Devoiced == true))
                Shi(slots, i);
            here.Devoiced ??= here.Word.Pos != "フィラー"
                && !(i + 1 < slots.Length && slots[i + 1].Devoiced == true)
                && here.Nucleus != here.Index + 1
                ? i + 1 < slots.Length ? Rule(here.Kana, slots[i + 1].Kana) : false
                : false;
            if (here.Devoiced == true && i + 1 < slots.Length)
                slots[i + 1].Devoiced ??= false;
        }
    }

    /// <summary>です and ます before more speech lose their u; before ？ and a held vowel they keep it.</summary>
    static void PoliteEnding(Span<MoraSlot> three)
    {
        if (ReferenceEquals(three[0].Word, three[1].Word) && !ReferenceEquals(three[1].Word, three[2].Word)
            && three[0].Kana is "マ" or "デ" && three[1].Kana == "ス" && three[1].Word.Pos is "動詞" or "助動詞" or "感動詞")
        {
            three[1].Devoiced = three[2].Word.Pronunciation is not (Word.Question or "ー");
        }
    }

    /// <summary>A word シ (する, the particle し) is devoiced in preference to its neighbours.</summary>
    static void Shi(Span<MoraSlot> slots, int i)
    {
        ref var shi = ref slots[i + 1];
        if (shi.Word is not { Pronunciation: "シ", Pos: "動詞" or "助動詞" or "助詞" })
            return;
        if (shi.Nucleus == shi.Index + 1)
        {
            shi.Devoiced = false;
            return;
        }
        shi.Devoiced = i + 2 < slots.Length ? Rule(shi.Kana, slots[i + 2].Kana) : false;
        if (shi.Devoiced == true)
        {
            slots[i].Devoiced ??= false;
            if (i + 2 < slots.Length)
                slots[i + 2].Devoiced ??= false;
        }
    }

    /// <summary>True or false for moras of which the vowel may be devoiced, null for the others.</summary>
    static bool? Rule(string mora, string next) => mora switch
    {
        "スィ" or "ス" => next[0] is not ('サ' or 'シ' or 'ス' or 'セ' or 'ソ') && IsVoiceless(next[0]),
        "フィ" or "ヒ" or "フ" => next[0] is not ('ハ' or 'ヒ' or 'フ' or 'ヘ' or 'ホ') && IsVoiceless(next[0]),
        "キュ" or "シュ" or "チュ" or "ツィ" or "ヒュ" or "ピュ" or "テュ" or "トゥ" or "ティ" or "キ" or "ク" or "シ" or "チ" or "ツ" or "ピ" or "プ" => IsVoiceless(next[0]),
        _ => null,
    };

    static bool IsVoiceless(char first) =>
        first is 'カ' or 'キ' or 'ク' or 'ケ' or 'コ' or 'サ' or 'シ' or 'ス' or 'セ' or 'ソ' or 'タ' or 'チ' or 'ツ' or 'テ' or 'ト'
            or 'ハ' or 'ヒ' or 'フ' or 'ヘ' or 'ホ' or 'パ' or 'ピ' or 'プ' or 'ペ' or 'ポ';
}
