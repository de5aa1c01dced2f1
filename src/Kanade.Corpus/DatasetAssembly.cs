using System.Globalization;
using System.Text;
using System.Text.Json;
using Kanade.Text;

namespace Kanade.Corpus;

/// <summary>Puts the ledgers of all shards together to the manifest, the rejects, the evaluation list, the report and the description. The ledgers are read
/// twice, row by row: once for what decides duplicates and splits, once to write. Memory holds the little that the decisions need, not the utterances.</summary>
sealed class DatasetAssembly(string dataset, ShardFolder folder, int shards, PreprocessConfig config)
{
    const int EvaluationUtterances = 100, ReportExamples = 6;
    const double LongestExampleSeconds = 8;

    /// <summary>What decides about an utterance.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Source">Its recording.</param>
    /// <param name="Sound">Half of the hash of its samples: enough to tell millions apart.</param>
    /// <param name="Spoken">Who says what, for the split.</param>
    /// <param name="Seconds">Its length.</param>
    sealed record Brief(string Id, string Source, UInt128 Sound, SpokenText Spoken, double Seconds)
    {
        internal bool Kept { get; set; } = true;

        internal Split Split { get; set; }
    }

    /// <summary>Writes everything; <c>dataset.json</c> last.</summary>
    /// <exception cref="InvalidDataException">Nothing can be used.</exception>
    internal DatasetDescription Write(string corpus, string tool, CorpusListing listing)
    {
        var (briefs, rejects) = Survey(listing.Problems);
        var kept = briefs.Where(b => b.Kept).ToList();
        if (kept.Count == 0)
            throw new InvalidDataException($"{corpus}: none of {briefs.Count + rejects.Count} recordings can be used: "
                + $"{RejectedRecording.Counts(rejects)}; the first: {rejects[0].Source}: {rejects[0].Detail}");
        foreach (var (brief, split) in kept.Zip(SplitAssignment.Assign(kept.ConvertAll(b => b.Spoken), config.Split)))
            brief.Split = split;

        var evaluation = Chosen(kept, b => b.Split == (kept.Any(k => k.Split == Split.Test) ? Split.Test : Split.Validation), EvaluationUtterances, seed: 1);
        var examples = Chosen(kept, b => b.Seconds <= LongestExampleSeconds, ReportExamples, seed: 0);
        var figures = new DatasetFigures(evaluation, examples);
        AtomicFile.Write(Path.Combine(dataset, "manifest.parquet"), s => Manifest.Write(s, figures.Over(Utterances(kept))));
        AtomicFile.Write(Path.Combine(dataset, "rejects.parquet"), s => Manifest.WriteRejects(s, rejects));
        AtomicFile.Write(Path.Combine(dataset, "evaluation.tsv"), s => WriteEvaluation(s, figures.Evaluation));
        var description = new DatasetDescription(Dataset.Format, tool, config, SymbolTable.Fingerprint, Path.GetFileName(Path.GetFullPath(corpus).TrimEnd('/')),
            CorpusReader.Name(listing.Layout), figures.Utterances, rejects.Count, shards, figures.Seconds, figures.Speakers, figures.Styles, figures.Splits);
        AtomicFile.Write(Path.Combine(dataset, "report.html"), s => DatasetReport.Write(s, description, figures, rejects, ReadOne, PathOf(listing)));
        AtomicFile.Write(Path.Combine(dataset, "dataset.json"), s => JsonSerializer.Serialize(s, description, DatasetJson.Default.DatasetDescription));
        return description;
    }

    IEnumerable<LedgerRow> Rows() => Enumerable.Range(0, shards).SelectMany(s => Ledger.Read(folder.LedgerPath(s)));

    /// <summary>All utterances, briefly, by id; duplicates are marked. And all rejects.</summary>
    (List<Brief> Briefs, List<RejectedRecording> Rejects) Survey(IReadOnlyList<RejectedRecording> problems)
    {
        var (briefs, rejects, names) = (new List<Brief>(), new List<RejectedRecording>(problems), new Dictionary<string, string>());
        foreach (var row in Rows())
        {
            if (row.Rejection is { } rejection)
                rejects.Add(rejection);
            if (row.Utterance is { } u)
                briefs.Add(new(u.Id, u.Source, UInt128.Parse(row.Sound.AsSpan(0, 32), NumberStyles.HexNumber, CultureInfo.InvariantCulture), new(Once(u.Speaker), Once(u.Style), SpokenText.KeyOf(u)), u.Seconds));
        }
        briefs.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        if (config.Quality.Duplicates)
            foreach (var same in briefs.GroupBy(b => b.Sound).Where(g => g.Skip(1).Any()))
                RejectDuplicates([.. same], rejects);
        rejects.Sort(RejectedRecording.InOrder);
        return (briefs, rejects);

        string Once(string name) => names.TryGetValue(name, out var known) ? known : names[name] = name;
    }

    /// <summary>Of recordings with the same sound and text the first by id is kept. With different texts at most one of them can be right, and nobody knows which.</summary>
    static void RejectDuplicates(List<Brief> same, List<RejectedRecording> rejects)
    {
        var first = same[0];
        var contradiction = same.Find(b => b.Spoken.Key != first.Spoken.Key);
        first.Kept = contradiction is null;
        foreach (var brief in contradiction is null ? same[1..] : same)
        {
            brief.Kept = false;
            var other = brief == first ? contradiction! : first;
            rejects.Add(new(brief.Source, contradiction is null ? "duplicate" : "contradiction", contradiction is null
                ? $"the same sound as {other.Source}" : $"the same sound as {other.Source}, but not the same text: one of the two is wrong"));
        }
    }

    /// <summary>The utterances that are kept, as the shards hold them.</summary>
    IEnumerable<Utterance> Utterances(List<Brief> kept)
    {
        var splits = kept.ToDictionary(b => b.Id, b => b.Split, StringComparer.Ordinal);
        foreach (var row in Rows())
            if (row.Utterance is { } utterance && splits.TryGetValue(utterance.Id, out var split))
                yield return utterance with { Split = split };
    }

    /// <summary>Some ids by hash: they stay the same while the corpus grows.</summary>
    static HashSet<string> Chosen(List<Brief> kept, Func<Brief, bool> among, int count, ulong seed) =>
        [.. kept.Where(among).Select(b => (b.Id, Hash: StableHash.Of(b.Id, seed))).OrderBy(b => b.Hash).Take(count).Select(b => b.Id)];

    /// <summary>The utterances that voices are compared on, none of them trained on.</summary>
    static void WriteEvaluation(Stream stream, IEnumerable<Utterance> utterances)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("id\tspeaker\tstyle\ttext");
        foreach (var u in utterances)
            writer.WriteLine(string.Join('\t', new[] { u.Id, u.Speaker, u.Style, u.Text }.Select(c => string.Join(' ', c.Split('\t', '\n', '\r')))));
    }

    static Func<string, string?> PathOf(CorpusListing listing)
    {
        var entries = listing.Entries;
        return source =>
        {
            foreach (var entry in entries)
                if (entry.Source == source)
                    return entry.Path;
            return null;
        };
    }

    UtteranceFeatures ReadOne(Utterance utterance)
    {
        using var reader = ShardReader.Open(folder.ShardPath(utterance.Shard));
        return reader.Read(utterance.Row);
    }
}
