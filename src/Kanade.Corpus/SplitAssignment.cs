namespace Kanade.Corpus;

/// <summary>Decides what each utterance is for. Utterances with nearly the same text stay together.</summary>
static class SplitAssignment
{
    /// <summary>A speaker and style with this many utterances gets at least one of them into validation.</summary>
    const int EnoughToValidate = 10;

    /// <summary>Texts that stay together.</summary>
    /// <param name="Hash">Of the first of them; decides where they go.</param>
    /// <param name="Places">Of the utterances.</param>
    sealed record Group(ulong Hash, List<int> Places);

    /// <summary>The split of each utterance, by its place.</summary>
    internal static Split[] Assign(IReadOnlyList<SpokenText> utterances, SplitConfig config)
    {
        var groups = GroupsOf(utterances, (ulong)config.Seed);
        var splits = new Split[utterances.Count];
        foreach (var group in groups)
        {
            var share = StableHash.Share(group.Hash);
            Put(group, share < config.ValidationShare ? Split.Validation : share < config.ValidationShare + config.TestShare ? Split.Test : Split.Train);
        }
        if (config.ValidationShare > 0 && groups.Count > 1)
            SeeThatEverybodyIsValidated();
        return splits;

        void Put(Group group, Split split)
        {
            foreach (var place in group.Places)
                splits[place] = split;
        }

        (string, string) Voice(int place) => (utterances[place].Speaker, utterances[place].Style);

        // Small corpora and rare speakers can fall out of validation by chance: a small group of theirs goes there, the first by hash.
        void SeeThatEverybodyIsValidated()
        {
            var voices = Enumerable.Range(0, utterances.Count).CountBy(Voice).ToDictionary();
            var validated = splits.Index().Where(s => s.Item == Split.Validation).Select(s => Voice(s.Index)).ToHashSet();
            foreach (var group in groups.OrderBy(g => g.Places.Count).ThenBy(g => g.Hash))
            {
                if (validated.Count > 0 && !group.Places.Any(p => voices[Voice(p)] >= EnoughToValidate && !validated.Contains(Voice(p))))
                    continue;
                Put(group, Split.Validation);
                validated.UnionWith(group.Places.Select(Voice));
            }
        }
    }

    static List<Group> GroupsOf(IReadOnlyList<SpokenText> utterances, ulong seed)
    {
        var texts = utterances.Select(u => u.Key).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var first = NearDuplicates.Groups(texts);
        var groups = new Group?[texts.Length];
        for (var place = 0; place < utterances.Count; place++)
        {
            var text = first[Array.BinarySearch(texts, utterances[place].Key, StringComparer.Ordinal)];
            (groups[text] ??= new(StableHash.Of(texts[text], seed), [])).Places.Add(place);
        }
        return [.. groups.OfType<Group>()];
    }
}
