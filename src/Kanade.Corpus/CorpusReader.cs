using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kanade.Corpus;

/// <summary>Reads corpus folders in the layouts that are in use.</summary>
public static partial class CorpusReader
{
    static readonly string[] TranscriptEndings = [".txt", ".TXT", ".lab", ".LAB"];
    static readonly string[] ListingEndings = [".tsv", ".csv", ".jsonl", ".ndjson", ".parquet"];
    static readonly Dictionary<string, string> JvsStyles = new() { ["parallel100"] = "neutral", ["nonpara30"] = "neutral", ["whisper10"] = "whisper", ["falset10"] = "falsetto" };

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The corpus.</param>
    /// <param name="layout">How it says who says what.</param>
    /// <param name="scratch">On whose disk long lists wait; null for that of temporary files.</param>
    /// <exception cref="InvalidDataException">No layout fits, or the one that was asked for does not; the message says what was looked for.</exception>
    public static CorpusListing Read(string folder, CorpusLayout layout = CorpusLayout.Auto, string? scratch = null)
    {
        var corpus = new CorpusFolder(folder);
        var layouts = layout == CorpusLayout.Auto ? Enum.GetValues<CorpusLayout>()[1..] : [layout];
        foreach (var candidate in layouts)
        {
            using var collector = new Collector(corpus, scratch ?? Path.GetTempPath());
            if (Fits(corpus, candidate, collector))
                return collector.Finish(candidate);
        }
        throw new InvalidDataException(layout != CorpusLayout.Auto ? $"{folder}: not in the layout '{Name(layout)}'"
            : corpus.Recordings.Count == 0 ? $"{folder}: holds no recordings"
            : $"{folder}: {corpus.Recordings.Count} recordings, but nothing that says what is said in them: write a .txt beside each, "
                + "or a metadata.tsv with the columns audio, text, speaker, style");
    }

    /// <summary>The word for a layout on the command line and in files.</summary>
    public static string Name(CorpusLayout layout) => JsonNamingPolicy.SnakeCaseLower.ConvertName(layout.ToString());

    /// <summary>Collects what the corpus holds in a layout, where that fits.</summary>
    static bool Fits(CorpusFolder corpus, CorpusLayout layout, Collector collector) => layout switch
    {
        CorpusLayout.Listing => Listings(corpus, collector),
        CorpusLayout.LjSpeech => LjSpeech(corpus, collector),
        CorpusLayout.StyleTts => StyleTts(corpus, collector),
        CorpusLayout.Jsut => Transcripts(corpus, collector, "transcript_utf8.txt", "wav", (_, _) => (corpus.Name, "")),
        CorpusLayout.Jvs => Transcripts(corpus, collector, "transcripts_utf8.txt", "wav24kHz16bit", (speaker, part) => (speaker, JvsStyles.GetValueOrDefault(part, part))),
        CorpusLayout.UnityChan => UnityChan(corpus, collector),
        CorpusLayout.Beside => Beside(corpus, collector),
        CorpusLayout.Named => Named(corpus, collector),
        _ => throw new ArgumentOutOfRangeException(nameof(layout)),
    };

    static bool Listings(CorpusFolder corpus, Collector collector)
    {
        var listings = ListingEndings.SelectMany(corpus.EndingIn).Where(p => !p.Contains('/') && ListingFile.IsListing(corpus.PathOf(p))).ToList();
        foreach (var listing in listings)
        {
            var line = 1;
            foreach (var row in ListingFile.Rows(corpus.PathOf(listing)))
            {
                line++;
                string Get(string column) => row.GetValueOrDefault(column, "").Trim();
                if (!Seconds(Get("start"), out var start) || !Seconds(Get("end"), out var end) || end <= (start ?? 0))
                    throw new InvalidDataException($"{corpus.PathOf(listing)}: row {line}: start '{Get("start")}' and end '{Get("end")}' are not seconds in order");
                collector.Add(row.GetValueOrDefault("audio", ""), "", Get("text"), Get("phonemes"), Get("speaker"), Get("style"), start ?? 0, end, Get("f0"));
            }
        }
        return listings.Count > 0;
    }

    static bool Seconds(string text, out double? seconds)
    {
        seconds = null;
        if (text.Length == 0)
            return true;
        var valid = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= 0;
        seconds = value;
        return valid;
    }

    static bool LjSpeech(CorpusFolder corpus, Collector collector)
    {
        if (!corpus.Has("metadata.csv"))
            return false;
        var found = false;
        foreach (var cells in TranscriptText.Lines(corpus.PathOf("metadata.csv")).Where(l => l.Contains('|')).Select(l => l.Split('|')))
        {
            found = true;
            collector.Add(cells[0], "", cells.Length > 2 && cells[2].Trim().Length > 0 ? cells[2] : cells[1], "", "", "");
        }
        return found;
    }

    static bool StyleTts(CorpusFolder corpus, Collector collector)
    {
        var found = false;
        foreach (var list in corpus.EndingIn(".txt").Where(p => !p.Contains('/') || p.StartsWith("Data/", StringComparison.Ordinal)))
        {
            var lines = TranscriptText.Lines(corpus.PathOf(list)).Where(l => l.Trim().Length > 0).Select(l => l.Split('|'));
            if (!lines.Any() || !lines.All(cells => cells.Length is 2 or 3 && cells[0].Trim().Length > 0))
                continue;
            found = true;
            foreach (var cells in lines)
            {
                // Their lists hold phonemes, but the same columns are written with plain text.
                var phonemes = IpaLetters().IsMatch(cells[1]) && !JapaneseLetters().IsMatch(cells[1]);
                collector.Add(cells[0], CorpusFolder.FolderOf(list), phonemes ? "" : cells[1], phonemes ? cells[1] : "", cells.Length > 2 ? cells[2].Trim() : "", "");
            }
        }
        return found;
    }

    static bool Transcripts(CorpusFolder corpus, Collector collector, string name, string recordings, Func<string, string, (string Speaker, string Style)> describe)
    {
        var transcripts = corpus.EndingIn(name).Where(p => p == name || p.EndsWith("/" + name, StringComparison.Ordinal)).ToList();
        foreach (var transcript in transcripts)
        {
            var folder = CorpusFolder.FolderOf(transcript);
            var part = folder.Split('/');
            var (speaker, style) = describe(part.Length > 1 ? part[^2] : corpus.Name, part[^1]);
            foreach (var line in TranscriptText.Lines(corpus.PathOf(transcript)))
            {
                if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                    collector.Add(line[..colon], CorpusFolder.Join(folder, recordings), line[(colon + 1)..], "", speaker, style);
            }
        }
        return transcripts.Count > 0;
    }

    static bool UnityChan(CorpusFolder corpus, Collector collector)
    {
        var lists = corpus.EndingIn("unity-chan_voice_list.txt").ToList();
        foreach (var list in lists)
        {
            foreach (var line in TranscriptText.Lines(corpus.PathOf(list)))
            {
                var match = UnityChanLine().Match(line);
                if (!match.Success)
                    continue;
                var (text, manner) = StageDirections.Split(match.Groups["text"].Value + match.Groups["after"].Value);
                collector.Add(match.Groups["file"].Value, "", text, "", match.Groups["speaker"].Value, manner);
            }
        }
        return lists.Count > 0;
    }

    static bool Beside(CorpusFolder corpus, Collector collector)
    {
        var (texts, labels) = (0, 0);
        foreach (var recording in corpus.Recordings)
        {
            var written = TranscriptEndings.Select(e => CorpusFolder.WithoutExtension(recording) + e).Where(corpus.Has)
                .Select(t => (Name: t, Lines: TranscriptText.Lines(corpus.PathOf(t)).ToList())).ToList();
            if (written.Find(t => !LabelFile.IsLabels(t.Lines)) is { Lines: not null } transcript)
            {
                texts++;
                collector.Add(recording, "", string.Join(' ', transcript.Lines).Trim(), "", collector.SpeakerOf(recording), "");
            }
            else if (written.Count > 0)
            {
                labels++;
                collector.Problem(recording, "no_transcript", $"{Path.GetFileName(written[0].Name)} holds times and phonemes, not what is said: write the text into a .txt beside it");
            }
            else
                collector.Problem(recording, "no_transcript", "there is no .txt or .lab beside it");
        }
        // Where there are only labels, the names may still say what is said.
        return texts > 0 || labels > 0 && !corpus.Recordings.Any(HasReading);
    }

    static bool Named(CorpusFolder corpus, Collector collector)
    {
        var named = corpus.Recordings.Where(HasReading).ToList();
        foreach (var recording in named)
            collector.Add(recording, "", NameWithReading().Match(Path.GetFileNameWithoutExtension(recording)).Groups["reading"].Value, "", "", "");
        foreach (var recording in named.Count == 0 ? [] : corpus.Recordings.Except(named))
            collector.Problem(recording, "no_transcript", "its name has no reading in 【】");
        return named.Count > 0;
    }

    static bool HasReading(string recording) => NameWithReading().IsMatch(Path.GetFileNameWithoutExtension(recording));

    [GeneratedRegex("[ɯɾɕʑɴːʔçɸɲŋʨʥəɪʊæʃʒθðɡˈˌ]")]
    private static partial Regex IpaLetters();

    [GeneratedRegex(@"[\u3041-\u30FF\u4E00-\u9FFF]")]
    private static partial Regex JapaneseLetters();

    [GeneratedRegex(@"^(?<file>\S+)\t(?<speaker>[^「\t]+)「(?<text>[^」]*)」(?<after>[^\t]*)")]
    private static partial Regex UnityChanLine();

    [GeneratedRegex("【(?<reading>[^】]+)】")]
    private static partial Regex NameWithReading();

    /// <summary>Takes rows, finds their files, and keeps what cannot be used with its reason.</summary>
    sealed class Collector(CorpusFolder corpus, string scratch) : IDisposable
    {
        readonly SpilledList<CorpusEntry> _entries = EntryList.Unordered(scratch);
        readonly Dictionary<ulong, ulong> _sourceOf = []; // hashes of ids, and of the recordings they mean: a million names are not held for that
        readonly HashSet<string> _listed = new(StringComparer.Ordinal);
        readonly SpilledList<RejectedRecording> _problems = new(scratch, RejectedRecording.Format, RejectedRecording.InOrder);
        bool _isFinished;
        readonly HashSet<string> _names = new(StringComparer.Ordinal);

        readonly bool _foldersAreSpeakers = corpus.Recordings.Select(TopFolder).Distinct().Count() > 1;

        /// <summary>The first folder on the way to a recording, where there are several such; else the corpus itself.</summary>
        internal string SpeakerOf(string source) => _foldersAreSpeakers && TopFolder(source) is { Length: > 0 } folder ? folder : corpus.Name;

        static string TopFolder(string source) => source.Contains('/') ? source[..source.IndexOf('/')] : "";

        internal void Problem(string source, string reason, string detail) => _problems.Add(new(source, reason, detail));

        internal void Add(string name, string listFolder, string text, string symbols, string speaker, string style, double start = 0, double? end = null, string f0 = "")
        {
            name = name.Trim(' ', '\r', '\n');
            if (name.Length == 0)
                Problem("", "no_recording", $"the list names no recording for '{text}'");
            else if (corpus.Find(name, listFolder) is not { } source)
                Problem(name, corpus.LeadsOut(name, listFolder) ? "outside_corpus" : "missing",
                    corpus.LeadsOut(name, listFolder) ? "the path leads out of the corpus folder" : "the list names it, but there is no such file");
            else if (text.Trim().Length == 0 && symbols.Trim().Length == 0)
                Problem(source, "no_transcript", "its text is empty");
            else if (f0.Length > 0 && !corpus.Has(f0))
                Problem(source, "missing", $"the list names '{f0}' as its F0, but there is no such file in the corpus folder");
            else
                Add(source, new("", source, corpus.Root, text.Trim(), symbols.Trim(), Once(speaker.Length > 0 ? speaker : corpus.Name), Once(style), start, end, corpus.Elsewhere(source),
                    f0.Length > 0 ? corpus.PathOf(f0) : null));
        }

        void Add(string source, CorpusEntry entry)
        {
            var segment = entry.StartSeconds > 0 || entry.EndSeconds is not null
                ? string.Create(CultureInfo.InvariantCulture, $"@{entry.StartSeconds:F3}") : "";
            var id = CorpusFolder.WithoutExtension(source) + segment;
            var recording = StableHash.Of(source);
            if (_sourceOf.TryGetValue(StableHash.Of(id), out var other) && other != recording)
                id = source + segment;
            _listed.Add(source);
            if (_sourceOf.TryAdd(StableHash.Of(id), recording))
                _entries.Add(entry with { Id = id });
            else
                Problem(source, "listed_twice", $"the lists name it more than once: what they say first is kept, '{entry.Text}' is not");
        }

        /// <summary>One string for a name that many rows repeat.</summary>
        string Once(string name)
        {
            if (_names.TryGetValue(name, out var known))
                return known;
            _names.Add(name);
            return name;
        }

        internal CorpusListing Finish(CorpusLayout layout)
        {
            if (_entries.Count == 0)
                throw new InvalidDataException($"{corpus.Root}: the {Name(layout)} layout names no recording that can be used"
                    + (_problems.Count > 0 ? $"; {_problems.Count} cannot ({RejectedRecording.Counts(_problems)}), the first: {_problems.First().Source}: {_problems.First().Detail}" : ""));
            var listing = new CorpusListing(layout, EntryList.Of(scratch, _entries), _problems, Math.Max(0, corpus.Recordings.Count - _listed.Count - _problems.Count(p => corpus.Has(p.Source))));
            _isFinished = true;
            return listing;
        }

        /// <summary>The problems belong to the listing, once there is one.</summary>
        public void Dispose()
        {
            _entries.Dispose();
            if (!_isFinished)
                _problems.Dispose();
        }
    }
}
