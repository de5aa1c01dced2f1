using System.Globalization;
using System.Text;

namespace Kanade.Corpus;

/// <summary>Decides what each utterance is for. Utterances with nearly the same text stay together.</summary>
static class SplitAssignment
{
    /// <summary>A speaker and style with this many utterances gets at least one of them into validation.</summary>
    const int EnoughToValidate = 10;

    /// <summary>The split of each utterance, by its place.</summary>
    internal static Split[] Assign(IReadOnlyList<Utterance> utterances, SplitConfig config)
    {
        var groups = utterances.Select((u, i) => (Key: TextKey(u), Place: i)).GroupBy(p => p.Key, p => p.Place, StringComparer.Ordinal)
            .Select(g => (Hash: StableHash.Of(g.Key, (ulong)config.Seed), g.Key, Places: g.ToList()))
            .OrderBy(g => g.Hash).ThenBy(g => g.Key, StringComparer.Ordinal).ToList();
        var splits = new Split[utterances.Count];
        foreach (var (hash, _, places) in groups)
        {
            var share = StableHash.Share(hash);
            Put(places, share < config.ValidationShare ? Split.Validation : share < config.ValidationShare + config.TestShare ? Split.Test : Split.Train);
        }
        if (config.ValidationShare > 0 && groups.Count > 1)
            SeeThatEverybodyIsValidated();
        return splits;

        void Put(List<int> places, Split split)
        {
            foreach (var place in places)
                splits[place] = split;
        }

        // Small corpora and rare speakers can fall out of validation by chance: their first group by hash goes there.
        void SeeThatEverybodyIsValidated()
        {
            var voices = utterances.Select(u => (u.Speaker, u.Style)).CountBy(v => v).ToDictionary();
            var validated = new HashSet<(string, string)>(splits.Index().Where(s => s.Item == Split.Validation).Select(s => (utterances[s.Index].Speaker, utterances[s.Index].Style)));
            foreach (var (_, _, places) in groups)
            {
                var lacking = places.Select(p => (utterances[p].Speaker, utterances[p].Style)).Any(v => voices[v] >= EnoughToValidate && !validated.Contains(v));
                if (!lacking && validated.Count > 0)
                    continue;
                Put(places, Split.Validation);
                validated.UnionWith(places.Select(p => (utterances[p].Speaker, utterances[p].Style)));
            }
        }
    }

    /// <summary>A text without what does not change how it is spoken: width, case, marks, spaces, kind of kana.</summary>
    internal static string TextKey(Utterance utterance)
    {
        var text = utterance.Text.Length > 0 ? utterance.Text : utterance.Symbols;
        var key = new StringBuilder();
        foreach (var rune in text.Normalize(NormalizationForm.FormKC).ToLowerInvariant().EnumerateRunes())
        {
            var kind = Rune.GetUnicodeCategory(rune);
            if (kind is UnicodeCategory.SpaceSeparator or UnicodeCategory.Control or >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherSymbol)
                continue;
            key.Append(rune.Value is >= 'ァ' and <= 'ヶ' ? new Rune(rune.Value - 'ァ' + 'ぁ') : rune);
        }
        return key.Length > 0 ? key.ToString() : text;
    }
}
