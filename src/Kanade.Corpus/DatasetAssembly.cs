using System.Globalization;
using System.Text;
using System.Text.Json;
using Kanade.Text;

namespace Kanade.Corpus;

/// <summary>Puts the ledgers of all shards together to the manifest, the rejects, the evaluation list, the report and the description. The ledgers are read
/// twice, row by row: once for what decides duplicates and splits, once to write. Texts and names wait on the disk; memory holds some numbers an utterance.</summary>
sealed class DatasetAssembly(string dataset, ShardFolder folder, int shards, PreprocessConfig config)
{
    const int EvaluationUtterances = 100, ReportExamples = 6;
    const double LongestExampleSeconds = 8;

    /// <summary>A sound and who says what in it.</summary>
    /// <param name="Hash">Half of the hash of its samples: enough to tell millions apart.</param>
    /// <param name="Id">Its id.</param>
    /// <param name="Source">Its recording.</param>
    /// <param name="Text">Hash of what is said.</param>
    /// <param name="Place">Where it comes among the utterances of all ledgers.</param>
    readonly record struct Sound(UInt128 Hash, string Id, string Source, ulong Text, int Place)
    {
        internal static readonly IComparer<Sound> ByHash = Comparer<Sound>.Create((a, b) =>
            a.Hash.CompareTo(b.Hash) is not 0 and var byHash ? byHash : string.CompareOrdinal(a.Id, b.Id));

        internal static readonly RowFormat<Sound> Format = new(
            (writer, s) =>
            {
                writer.Write((ulong)(s.Hash >> 64));
                writer.Write((ulong)s.Hash);
                writer.Write(s.Id);
                writer.Write(s.Source);
                writer.Write(s.Text);
                writer.Write(s.Place);
            },
            reader => new(new(reader.ReadUInt64(), reader.ReadUInt64()), reader.ReadString(), reader.ReadString(), reader.ReadUInt64(), reader.ReadInt32()));
    }

    static readonly RowFormat<SpokenText> SpokenFormat = new(
        (writer, s) =>
        {
            writer.Write(s.Speaker);
            writer.Write(s.Style);
            writer.Write(s.Key);
        },
        reader => new(reader.ReadString(), reader.ReadString(), reader.ReadString()));

    /// <summary>What decides about the utterances, by their place in all ledgers.</summary>
    /// <param name="Ids">Hashes of their ids, without a seed.</param>
    /// <param name="IsShort">Whether the report can play them.</param>
    /// <param name="IsKept">Whether they are none of the duplicates.</param>
    sealed record Survey(List<ulong> Ids, List<bool> IsShort, List<bool> IsKept)
    {
        internal IEnumerable<int> Kept => Enumerable.Range(0, IsKept.Count).Where(place => IsKept[place]);
    }

    /// <summary>Writes everything; <c>dataset.json</c> last.</summary>
    /// <exception cref="InvalidDataException">Nothing can be used.</exception>
    internal DatasetDescription Write(string corpus, string tool, CorpusListing listing)
    {
        using var rejects = new SpilledList<RejectedRecording>(dataset, RejectedRecording.Format, RejectedRecording.InOrder);
        using var spoken = new SpilledList<SpokenText>(dataset, SpokenFormat);
        var survey = Look(listing.Problems, spoken, rejects);
        if (!survey.Kept.Any())
            throw new InvalidDataException($"{corpus}: none of {survey.IsKept.Count + rejects.Count} recordings can be used: "
                + $"{RejectedRecording.Counts(rejects)}; the first: {rejects.First().Source}: {rejects.First().Detail}");
        var splits = SplitAssignment.Assign(spoken.Index().Where(s => survey.IsKept[s.Index]).Select(s => s.Item), config.Split, dataset);

        var held = splits.Contains(Split.Test) ? Split.Test : Split.Validation;
        var evaluation = Chosen(survey, (kept, _) => splits[kept] == held, EvaluationUtterances, seed: 1);
        var examples = Chosen(survey, (_, place) => survey.IsShort[place], ReportExamples, seed: 0);
        var figures = new DatasetFigures(evaluation, examples);
        AtomicFile.Write(Path.Combine(dataset, "manifest.parquet"), s => Manifest.Write(s, figures.Over(Utterances(survey, splits))));
        AtomicFile.Write(Path.Combine(dataset, "rejects.parquet"), s => Manifest.WriteRejects(s, rejects));
        AtomicFile.Write(Path.Combine(dataset, "evaluation.tsv"), s => WriteEvaluation(s, figures.Evaluation));
        var description = new DatasetDescription(Dataset.Format, tool, config, SymbolTable.Fingerprint, Path.GetFileName(Path.GetFullPath(corpus).TrimEnd('/')),
            CorpusReader.Name(listing.Layout), figures.Utterances, rejects.Count, shards, figures.Seconds, figures.Speakers, figures.Styles, figures.Splits);
        AtomicFile.Write(Path.Combine(dataset, "report.html"), s => DatasetReport.Write(s, description, figures, rejects, ReadOne, PathOf(listing)));
        AtomicFile.Write(Path.Combine(dataset, "dataset.json"), s => JsonSerializer.Serialize(s, description, DatasetJson.Default.DatasetDescription));
        return description;
    }

    IEnumerable<LedgerRow> Rows() => Enumerable.Range(0, shards).SelectMany(s => Ledger.Read(folder.LedgerPath(s)));

    /// <summary>Goes through all ledgers; marks duplicates; gathers who says what, by place, and all rejects.</summary>
    Survey Look(IEnumerable<RejectedRecording> problems, SpilledList<SpokenText> spoken, SpilledList<RejectedRecording> rejects)
    {
        using var sounds = new SpilledList<Sound>(dataset, Sound.Format, Sound.ByHash);
        var survey = new Survey([], [], []);
        rejects.AddRange(problems);
        foreach (var row in Rows())
        {
            if (row.Rejection is { } rejection)
                rejects.Add(rejection);
            if (row.Utterance is not { } u)
                continue;
            var key = SpokenText.KeyOf(u);
            sounds.Add(new(UInt128.Parse(row.Sound.AsSpan(0, 32), NumberStyles.HexNumber, CultureInfo.InvariantCulture), u.Id, u.Source, StableHash.Of(key), spoken.Count));
            spoken.Add(new(u.Speaker, u.Style, key));
            survey.Ids.Add(StableHash.Unseeded(u.Id));
            survey.IsShort.Add(u.Seconds <= LongestExampleSeconds);
            survey.IsKept.Add(true);
        }
        if (config.Quality.Duplicates)
            foreach (var same in Same(sounds))
                RejectDuplicates(same, survey.IsKept, rejects);
        return survey;
    }

    /// <summary>Those of the same sound, where there are several, each group by id.</summary>
    static IEnumerable<List<Sound>> Same(IEnumerable<Sound> sounds)
    {
        var same = new List<Sound>();
        foreach (var sound in sounds)
        {
            if (same.Count > 0 && same[0].Hash != sound.Hash)
            {
                if (same.Count > 1)
                    yield return same;
                same = [];
            }
            same.Add(sound);
        }
        if (same.Count > 1)
            yield return same;
    }

    /// <summary>Of recordings with the same sound and text the first by id is kept. With different texts at most one of them can be right, and nobody knows which.</summary>
    static void RejectDuplicates(List<Sound> same, List<bool> isKept, SpilledList<RejectedRecording> rejects)
    {
        var first = same[0];
        var contradiction = same.FindIndex(s => s.Text != first.Text);
        foreach (var sound in contradiction < 0 ? same[1..] : same)
        {
            isKept[sound.Place] = false;
            var other = sound == first ? same[contradiction] : first;
            rejects.Add(new(sound.Source, contradiction < 0 ? "duplicate" : "contradiction", contradiction < 0
                ? $"the same sound as {other.Source}" : $"the same sound as {other.Source}, but not the same text: one of the two is wrong"));
        }
    }

    /// <summary>The utterances that are kept, as the shards hold them.</summary>
    /// <param name="survey">Which they are.</param>
    /// <param name="splits">Of those that are kept.</param>
    IEnumerable<Utterance> Utterances(Survey survey, Split[] splits)
    {
        var (place, kept) = (0, 0);
        foreach (var row in Rows())
            if (row.Utterance is { } utterance && survey.IsKept[place++])
                yield return utterance with { Split = splits[kept++] };
    }

    /// <summary>Some of those that are kept, by the hash of their id: they stay the same while the corpus grows. Their places among those that are kept.</summary>
    static HashSet<int> Chosen(Survey survey, Func<int, int, bool> among, int count, ulong seed)
    {
        var chosen = new PriorityQueue<int, ulong>(Comparer<ulong>.Create((a, b) => b.CompareTo(a))); // the largest leaves first
        foreach (var (kept, place) in survey.Kept.Index())
        {
            if (!among(kept, place))
                continue;
            var hash = StableHash.Seeded(survey.Ids[place], seed);
            if (chosen.Count < count)
                chosen.Enqueue(kept, hash);
            else
                chosen.EnqueueDequeue(kept, hash);
        }
        return [.. chosen.UnorderedItems.Select(c => c.Element)];
    }

    /// <summary>The utterances that voices are compared on, none of them trained on.</summary>
    static void WriteEvaluation(Stream stream, IEnumerable<Utterance> utterances)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("id\tspeaker\tstyle\ttext");
        foreach (var u in utterances)
            writer.WriteLine(string.Join('\t', new[] { u.Id, u.Speaker, u.Style, u.Text }.Select(c => string.Join(' ', c.Split('\t', '\n', '\r')))));
    }

    /// <summary>Finds where recordings are, in one pass.</summary>
    static Func<IReadOnlySet<string>, IReadOnlyDictionary<string, string>> PathOf(CorpusListing listing) => sources =>
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in listing.Entries)
            if (sources.Contains(entry.Source))
                paths[entry.Source] = entry.Path;
        return paths;
    };

    UtteranceFeatures ReadOne(Utterance utterance)
    {
        using var reader = ShardReader.Open(folder.ShardPath(utterance.Shard));
        return reader.Read(utterance.Row);
    }
}
