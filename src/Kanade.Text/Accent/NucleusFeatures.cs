using static Kanade.Text.FeatureHash;

namespace Kanade.Text;

/// <summary>The features of "the pitch of this phrase falls after mora k". A phrase of n moras has the candidates 1 … n; n stands for flat too.</summary>
internal sealed class NucleusFeatures
{
    readonly List<string> _moras = [];
    readonly List<Word> _phrase = [];

    public int Moras => _moras.Count;

    int _ruleNucleus, _firstWins, _lastContent, _firstContentEnd;
    int _lastContentIndex, _lastContentStart, _contentWords;
    uint _shape, _ending;

    /// <summary>Prepares a phrase: words [start, end) of a stretch.</summary>
    public void Open(ReadOnlySpan<AccentWord> words, int start, int end)
    {
        _moras.Clear();
        for (var i = start; i < end; i++)
        {
            var rest = words[i].Word.Pronunciation.AsSpan();
            for (var m = 0; m < words[i].Moras; m++)
            {
                while (!rest.IsEmpty && Kana.MoraLength(rest) == 0)
                    rest = rest[1..];
                var length = Kana.MoraLength(rest);
                _moras.Add(length == 0 ? "" : Kana.Shared(rest[..length]));
                rest = rest[length..];
            }
        }
        // Three guesses from the dictionary: the combination rules, the first nucleus of a content word, the last content word's.
        _ruleNucleus = Combined(words, start, end);
        (_firstWins, _lastContent, _firstContentEnd) = (0, 0, 0);
        (_lastContentIndex, _lastContentStart, _contentWords) = (start, 0, 0);
        (_shape, _ending) = (0, 0);
        var at = 0;
        for (var i = start; i < end; i++)
        {
            if (!words[i].Ancillary)
            {
                if (words[i].Nucleus > 0 && _firstWins == 0)
                    _firstWins = at + words[i].Nucleus;
                _lastContent = words[i].Nucleus > 0 ? at + words[i].Nucleus : 0;
                (_lastContentIndex, _lastContentStart, _ending) = (i, at, 0);
                _contentWords++;
                if (_firstContentEnd == 0)
                    _firstContentEnd = at + words[i].Moras;
            }
            if (words[i].Ancillary)
                _ending = Join(_ending, words[i].Lemma, words[i].Form);
            _shape = Join(_shape, words[i].Ancillary ? words[i].Lemma : words[i].Class);
            at += words[i].Moras;
        }
    }

    /// <summary>The rules put the nucleus on the last mora itself, not merely flat.</summary>
    public bool RulesEndOnLastMora { get; private set; }

    public void Candidate(ReadOnlySpan<AccentWord> words, int start, int end, int nucleus, List<uint> features)
    {
        var final = nucleus == _moras.Count;
        var fromEnd = (uint)Math.Min(_moras.Count - nucleus, 12);
        var rule = Agrees(_ruleNucleus, nucleus);
        var first = Agrees(_firstWins, nucleus);
        var last = Agrees(_lastContent, nucleus);
        var guesses = rule * 4 + first * 2 + last;
        // The word the nucleus is in.
        var (at, index) = (0, start);
        while (index < end - 1 && at + words[index].Moras < nucleus)
            at += words[index++].Moras;
        var word = words[index];
        var offset = (uint)(nucleus - at);
        var fromWordEnd = (uint)(at + word.Moras - nucleus);
        var before = index > start ? words[index - 1] : AccentWord.Edge;
        var after = index + 1 < end ? words[index + 1] : AccentWord.Edge;
        var head = words[start];
        var tail = words[end - 1];
        var place = final ? 99u : offset;
        var own = word.Nucleus == (int)offset ? 1u : word.Nucleus == 0 ? 2u : 0u;
        var kind = final ? 9u : own;
        var words1 = (uint)(end - start);

        features.Add(Join(100, guesses));
        features.Add(Join(101, rule, head.Class, tail.Class));
        features.Add(Join(102, guesses, _shape));
        features.Add(Join(103, place, word.Said, word.Surface));
        features.Add(Join(104, place, word.Said, after.Lemma));
        features.Add(Join(105, place, before.Lemma, word.Said));
        features.Add(Join(106, place, word.Said, tail.Lemma));
        features.Add(Join(107, fromEnd, _shape));
        features.Add(Join(108, kind, word.Class, before.Class, after.Class));
        features.Add(Join(109, kind, word.Class, after.Lemma));
        features.Add(Join(110, kind, word.Class, before.Class, word.Rule));
        features.Add(Join(111, guesses, tail.Lemma));
        features.Add(Join(112, guesses, head.Class, words1));
        features.Add(Join(113, kind, word.Said, before.Class));
        features.Add(Join(114, final ? 1u : 0u, head.Said));
        features.Add(Join(115, final ? 1u : 0u, tail.Said, end - start >= 2 ? words[end - 2].Lemma : 0));
        features.Add(Join(116, Special(nucleus), final ? 1u : 0u));
        features.Add(Join(117, Special(nucleus + 1), final ? 1u : 0u, guesses));
        features.Add(Join(118, (uint)Math.Min(nucleus, 9), (uint)Math.Min(_moras.Count, 12)));
        features.Add(Join(119, fromEnd, tail.Lemma, tail.Form));
        features.Add(Join(120, place, fromWordEnd, word.Class, (uint)word.Moras));
        features.Add(Join(121, fromWordEnd, word.Form, word.Lemma, final ? 1u : 0u));
        features.Add(Join(122, place, word.Said, before.Class, after.Lemma));
        features.Add(Join(123, (uint)nucleus, head.Surface, head.Said, (uint)_moras.Count));
        features.Add(Join(124, (uint)nucleus, head.Said, tail.Lemma));
        features.Add(Join(125, final ? 99u : (uint)nucleus, head.Surface, head.Said));
        features.Add(Join(126, fromWordEnd, word.Rule, before.Class, final ? 1u : 0u));
        features.Add(Join(127, kind, (uint)Math.Min(index - start, 3), (uint)Math.Min(end - index, 4), head.Shape));
        features.Add(Join(128, kind, word.Shape * 8 + before.Shape, word.Class, before.Class));
        features.Add(Join(129, guesses, end - start >= 2 ? words[start + 1].Lemma : 0, head.Class, head.Shape));
        features.Add(Join(130, final ? 99u : (uint)(nucleus - _firstContentEnd + 16), head.Class, end - start >= 2 ? words[start + 1].Lemma : 0, head.Shape));
        features.Add(Join(131, FeatureHash.Of(_moras[nucleus - 1]), fromWordEnd, word.Class));
        features.Add(Join(132, nucleus < _moras.Count ? FeatureHash.Of(_moras[nucleus]) : 7u, fromWordEnd, word.Class));
        features.Add(Join(133, place, word.Surface, word.Said, word.Class));
        FromLastContent(words, nucleus, final, features);
        // The end of the word's kanji tells much of a compound: 〜語, 〜会, 〜力.
        var tailOfWord = word.Word.Surface.Length > 0 ? (uint)word.Word.Surface[^1] : 0;
        features.Add(Join(134, final ? 99u : fromWordEnd, tailOfWord, (uint)Math.Min(word.Moras, 6), word.Class));
        features.Add(Join(135, final ? 99u : fromWordEnd, tailOfWord, before.Class));
    }

    /// <summary>Where the nucleus lies seen from the last content word, which rules a compound, and from the ending after it.</summary>
    void FromLastContent(ReadOnlySpan<AccentWord> words, int nucleus, bool final, List<uint> features)
    {
        var last = words[_lastContentIndex];
        var before = _contentWords > 1 ? words[_lastContentIndex - 1] : AccentWord.Edge;
        var offset = nucleus - _lastContentStart;
        var place = final ? 99u : offset < 1 ? 50u : offset <= last.Moras ? (uint)offset : 60u + (uint)(offset - last.Moras);
        var fromEnd = final ? 99u : (uint)Math.Clamp(last.Moras - offset + 20, 0, 40);
        var accent = (uint)Math.Min(last.Nucleus, 7);
        var moras = (uint)Math.Min(last.Moras, 7);
        var front = (uint)Math.Min(_lastContentStart, 5);
        features.Add(Join(140, place, last.Rule, moras, before.Pos));
        features.Add(Join(141, place, accent, moras, last.Pos, front));
        features.Add(Join(142, place, last.Said, before.Pos));
        features.Add(Join(143, place, last.Class, last.Rule, accent, before.Class));
        features.Add(Join(144, fromEnd, _ending, last.Pos, last.Shape));
        features.Add(Join(145, fromEnd, _ending, last.Form, last.Shape));
        features.Add(Join(146, place, _ending, last.Class, accent, moras));
        features.Add(Join(147, fromEnd, last.Form, last.Shape, (uint)Math.Min(_contentWords, 3)));
        features.Add(Join(148, fromEnd, before.Lemma, last.Class, last.Shape));
        features.Add(Join(149, final ? 99u : (uint)(nucleus - _lastContentStart + 30), before.Class, before.Shape, last.Class, last.Shape));
        features.Add(Join(150, place, last.Kind, before.Kind, moras));
    }

    static uint Agrees(int guess, int nucleus) => guess == nucleus ? 1u : 0u;

    /// <summary>The first mora that cannot carry a nucleus well: ー, ン, ッ, a vowel after a vowel.</summary>
    uint Special(int mora)
    {
        if (mora < 1 || mora > _moras.Count)
            return 9;
        return _moras[mora - 1] switch { "ー" => 1, "ン" => 2, "ッ" => 3, "イ" => 4, "ウ" => 5, "" => 6, _ => 0 };
    }

    /// <summary>What the combination rules make of the phrase, with flat as its last mora.</summary>
    int Combined(ReadOnlySpan<AccentWord> words, int start, int end)
    {
        _phrase.Clear();
        for (var i = start; i < Math.Min(end + 1, words.Length); i++)
            _phrase.Add(words[i].Word);
        var nucleus = AccentRules.Combine(_phrase, 0, end - start);
        RulesEndOnLastMora = nucleus == _moras.Count;
        return nucleus == 0 || nucleus > _moras.Count ? _moras.Count : nucleus;
    }
}
