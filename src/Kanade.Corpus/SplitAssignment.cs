namespace Kanade.Corpus;

/// <summary>Decides what each utterance is for. Utterances with nearly the same text stay together. Memory holds numbers, not texts.</summary>
static class SplitAssignment
{
    /// <summary>A speaker and style with this many utterances gets at least one of them into validation.</summary>
    const int EnoughToValidate = 10;

    static readonly IComparer<(string Key, int Place)> ByKey = Comparer<(string Key, int Place)>.Create((a, b) =>
        string.CompareOrdinal(a.Key, b.Key) is not 0 and var byKey ? byKey : a.Place.CompareTo(b.Place));

    static readonly RowFormat<(string Key, int Place)> Format = new(
        (writer, row) =>
        {
            writer.Write(row.Key);
            writer.Write(row.Place);
        },
        reader => (reader.ReadString(), reader.ReadInt32()));

    /// <summary>The split of each utterance, by its place.</summary>
    /// <param name="utterances">Read once.</param>
    /// <param name="config">Shares and seed.</param>
    /// <param name="folder">On whose disk texts are sorted that are too many for the memory.</param>
    internal static Split[] Assign(IEnumerable<SpokenText> utterances, SplitConfig config, string folder)
    {
        using var texts = new SpilledList<(string Key, int Place)>(folder, Format, ByKey);
        var (voiceOf, voices) = (new List<int>(), new Dictionary<(string, string), int>());
        foreach (var (speaker, style, key) in utterances)
        {
            texts.Add((key, texts.Count));
            voiceOf.Add(voices.TryGetValue((speaker, style), out var voice) ? voice : voices[(speaker, style)] = voices.Count);
        }
        var groups = GroupsOf(texts, (ulong)config.Seed, folder);
        var splits = new Split[texts.Count];
        for (var group = 0; group < groups.Count; group++)
        {
            var share = StableHash.Share(groups.Hashes[group]);
            Put(group, share < config.ValidationShare ? Split.Validation : share < config.ValidationShare + config.TestShare ? Split.Test : Split.Train);
        }
        if (config.ValidationShare > 0 && groups.Count > 1)
            SeeThatEverybodyIsValidated();
        return splits;

        void Put(int group, Split split)
        {
            foreach (var place in groups.PlacesOf(group))
                splits[place] = split;
        }

        // Small corpora and rare speakers can fall out of validation by chance: a small group of theirs goes there, the first by hash.
        void SeeThatEverybodyIsValidated()
        {
            var (counts, validated, any) = (new int[voices.Count], new bool[voices.Count], false);
            for (var place = 0; place < splits.Length; place++)
            {
                counts[voiceOf[place]]++;
                validated[voiceOf[place]] |= splits[place] == Split.Validation;
                any |= splits[place] == Split.Validation;
            }
            var order = Enumerable.Range(0, groups.Count).ToArray();
            Array.Sort(order, (a, b) => groups.PlacesOf(a).Length.CompareTo(groups.PlacesOf(b).Length) is not 0 and var byCount ? byCount : groups.Hashes[a].CompareTo(groups.Hashes[b]));
            foreach (var group in order)
            {
                if (any && !HasNew(group))
                    continue;
                Put(group, Split.Validation);
                foreach (var place in groups.PlacesOf(group))
                    validated[voiceOf[place]] = any = true;
            }

            bool HasNew(int group)
            {
                foreach (var place in groups.PlacesOf(group))
                    if (counts[voiceOf[place]] >= EnoughToValidate && !validated[voiceOf[place]])
                        return true;
                return false;
            }
        }
    }

    /// <summary>Utterances whose texts stay together.</summary>
    /// <param name="Hashes">Of the first text of each group; decides where it goes.</param>
    /// <param name="Ends">Where each group ends in <paramref name="Places"/>.</param>
    /// <param name="Places">Of the utterances, group after group.</param>
    sealed record Groups(ulong[] Hashes, int[] Ends, int[] Places)
    {
        internal int Count => Hashes.Length;

        internal ReadOnlySpan<int> PlacesOf(int group) => Places.AsSpan(group == 0 ? 0 : Ends[group - 1], Ends[group] - (group == 0 ? 0 : Ends[group - 1]));
    }

    static Groups GroupsOf(SpilledList<(string Key, int Place)> texts, ulong seed, string folder)
    {
        var first = NearDuplicates.Groups(Distinct(texts), folder);
        var (group, groupOf, hashes) = (-1, new int[first.Length], new List<ulong>());
        var (text, last, textOf) = (-1, (string?)null, new int[texts.Count]);
        foreach (var (key, place) in texts)
        {
            if (key != last)
            {
                (text, last) = (text + 1, key);
                groupOf[text] = first[text] == text ? ++group : groupOf[first[text]];
                if (first[text] == text)
                    hashes.Add(StableHash.Of(key, seed));
            }
            textOf[place] = groupOf[text];
        }
        var ends = new int[hashes.Count];
        foreach (var g in textOf)
            ends[g]++;
        for (var g = 1; g < ends.Length; g++)
            ends[g] += ends[g - 1];
        var places = Enumerable.Range(0, textOf.Length).ToArray();
        Array.Sort(places, (a, b) => textOf[a].CompareTo(textOf[b]) is not 0 and var byGroup ? byGroup : a.CompareTo(b));
        return new([.. hashes], ends, places);
    }

    static IEnumerable<string> Distinct(IEnumerable<(string Key, int Place)> texts)
    {
        string? last = null;
        foreach (var (key, _) in texts)
        {
            if (key != last)
                yield return key;
            last = key;
        }
    }
}
