using static Kanade.Text.FeatureHash;

namespace Kanade.Text;

/// <summary>The features of a phrase boundary before a word, and of a whole phrase; both within one stretch between pauses.</summary>
internal static class BoundaryFeatures
{
    /// <summary>Longest phrase, in words.</summary>
    public const int LongestPhrase = 14;

    /// <param name="words">The words of one stretch.</param>
    /// <param name="at">Index of the word that would begin a phrase, 1 … n-1.</param>
    /// <param name="features">Where they go.</param>
    public static void Boundary(ReadOnlySpan<AccentWord> words, int at, List<uint> features)
    {
        var a2 = at >= 2 ? words[at - 2] : AccentWord.Edge;
        var a = words[at - 1];
        var b = words[at];
        var b2 = at + 1 < words.Length ? words[at + 1] : AccentWord.Edge;
        var b3 = at + 2 < words.Length ? words[at + 2] : AccentWord.Edge;
        var rule = b.ChainedByRule ? 1u : 0u;
        var shapes = a.Shape * 4 + b.Shape;
        features.Add(1);
        features.Add(Join(2, rule));
        features.Add(Join(3, a.Class, b.Class));
        features.Add(Join(4, a.Class, b.Class, rule));
        features.Add(Join(5, a2.Class, a.Class, b.Class));
        features.Add(Join(6, a.Class, b.Class, b2.Class));
        features.Add(Join(7, a2.Pos, a.Class, b.Class, b2.Pos));
        features.Add(Join(8, a.Lemma));
        features.Add(Join(9, b.Lemma));
        features.Add(Join(10, a.Lemma, b.Lemma));
        features.Add(Join(11, a.Lemma, b.Class));
        features.Add(Join(12, a.Class, b.Lemma));
        features.Add(Join(13, a.Form, a.Pos, b.Class));
        features.Add(Join(14, a.Form, a.Pos, b.Lemma));
        features.Add(Join(15, a.Surface, b.Surface));
        features.Add(Join(16, a2.Lemma, a.Lemma, b.Lemma));
        features.Add(Join(17, a2.Class, a.Lemma, b.Lemma));
        features.Add(Join(18, a.Lemma, b.Lemma, b2.Class));
        features.Add(Join(19, a.Class, b.Class, shapes));
        features.Add(Join(20, shapes, rule));
        features.Add(Join(21, a.Pos, b.Pos, Bucket(a.Moras), Bucket(b.Moras)));
        features.Add(Join(22, a.Class, b.Lemma, a.Shape));
        features.Add(Join(23, a.Surface, b.Kind));
        features.Add(Join(24, a.Kind, b.Surface));
        features.Add(Join(25, a.Kind, b.Kind));
        features.Add(Join(26, b.Lemma, b2.Lemma));
        features.Add(Join(27, a2.Lemma, a.Lemma));
        features.Add(Join(28, b.Class, b2.Class, b3.Class));
        features.Add(Join(29, a2.Class, a.Class));
        features.Add(Join(30, b.Lemma, b2.Class, a.Class));
        features.Add(Join(31, b.Form, b.Lemma, a.Class));
        features.Add(Join(32, a.Lemma, a.Form, b.Class));
        // The content around the boundary: moras back to the last particle, and on to the next.
        var (before, after) = (MorasBack(words, at), MorasOn(words, at));
        features.Add(Join(33, Bucket(before), Bucket(after)));
        features.Add(Join(34, a.Class, b.Class, Bucket(after)));
        features.Add(Join(35, a.Class, b.Class, Bucket(before)));
        features.Add(Join(36, a.Lemma, b.Pos, Bucket(after)));
        features.Add(Join(37, (uint)Math.Min(at, 4), a.Pos, b.Pos));
        features.Add(Join(38, (uint)Math.Min(words.Length - at, 4), a.Pos, b.Pos));
        var content = Content(words, at - 1);
        features.Add(Join(39, content.Class, content.Shape, b.Class, a.Lemma));
        features.Add(Join(40, content.Shape, b.Class, b.Shape, a.Class));
        features.Add(Join(41, content.Lemma, a.Lemma, b.Lemma));
        features.Add(Join(42, Bucket(content.Moras), content.Class, a.Lemma, b.Lemma));
        features.Add(Join(43, content.Class, a.Lemma, b.Lemma, b2.Class));
        features.Add(Join(44, content.Class, content.Shape, a.Lemma, b.Class, b.Shape));
        features.Add(Join(45, content.Lemma, a.Lemma, b.Class));
        // What falls stands alone, what is flat leans on what follows.
        var falls = a.PhraseShape * 5 + b.PhraseShape;
        var particle = Particle(words, at);
        features.Add(Join(47, falls, a.Class, b.Class));
        features.Add(Join(48, a.PhraseShape, a.Lemma, b.Lemma));
        features.Add(Join(49, falls, a.Lemma, Bucket(after)));
        features.Add(Join(50, falls, Bucket(before), Bucket(after)));
        features.Add(Join(51, a.PhraseShape, a.Lemma, b.Class, b.PhraseShape));
        features.Add(Join(52, a.Lemma, b.Class, particle.Lemma));
        features.Add(Join(53, content.Class, a.Lemma, b.Class, particle.Lemma));
        features.Add(Join(54, content.Kind, a.Lemma, b.Kind));
        features.Add(Join(55, b.Surface, particle.Lemma));
        features.Add(Join(46, a2.Lemma, a.Lemma, b.Class, b2.Lemma));
    }

    /// <param name="words">The words of one stretch.</param>
    /// <param name="start">First word of the phrase.</param>
    /// <param name="end">After its last.</param>
    /// <param name="features">Where they go.</param>
    public static void Phrase(ReadOnlySpan<AccentWord> words, int start, int end, List<uint> features)
    {
        var (moras, content, accented) = (0, 0, 0);
        for (var i = start; i < end; i++)
        {
            moras += words[i].Moras;
            if (!words[i].Ancillary)
            {
                content++;
                accented += words[i].Nucleus > 0 ? 1 : 0;
            }
        }
        var first = words[start];
        var last = words[end - 1];
        var next = end < words.Length ? words[end] : AccentWord.Edge;
        features.Add(Join(60, (uint)Math.Min(moras, 16)));
        features.Add(Join(61, (uint)content, (uint)accented));
        features.Add(Join(62, first.Class, last.Class));
        features.Add(Join(63, (uint)Math.Min(moras, 16), (uint)content));
        features.Add(Join(64, (uint)(end - start), first.Pos));
        features.Add(Join(65, Bucket(moras), last.Class, next.Class));
        features.Add(Join(66, (uint)content, (uint)accented, last.Class, next.Class));
        features.Add(Join(67, Bucket(moras), last.Lemma, next.Class));
    }

    static uint Bucket(int moras) => moras switch { <= 4 => (uint)moras, <= 6 => 5, <= 8 => 6, <= 11 => 7, _ => 8 };

    static int MorasBack(ReadOnlySpan<AccentWord> words, int at)
    {
        var moras = 0;
        var i = at - 1;
        while (i >= 0 && words[i].Ancillary)
            moras += words[i--].Moras;
        while (i >= 0 && !words[i].Ancillary)
            moras += words[i--].Moras;
        return moras;
    }

    static int MorasOn(ReadOnlySpan<AccentWord> words, int at)
    {
        var moras = 0;
        var i = at;
        while (i < words.Length && !words[i].Ancillary)
            moras += words[i++].Moras;
        while (i < words.Length && words[i].Ancillary)
            moras += words[i++].Moras;
        return moras;
    }

    /// <summary>The first particle or auxiliary at or after a place.</summary>
    static AccentWord Particle(ReadOnlySpan<AccentWord> words, int at)
    {
        while (at < words.Length && !words[at].Ancillary)
            at++;
        return at < words.Length ? words[at] : AccentWord.Edge;
    }

    /// <summary>The last content word at or before a place.</summary>
    static AccentWord Content(ReadOnlySpan<AccentWord> words, int at)
    {
        while (at >= 0 && words[at].Ancillary)
            at--;
        return at >= 0 ? words[at] : AccentWord.Edge;
    }
}
