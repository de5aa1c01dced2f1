using System.Globalization;
using System.Net;
using System.Text;
using Kanade.Audio;

namespace Kanade.Corpus;

/// <summary><c>report.html</c>: what is in a dataset and what was thrown away, in one file that needs nothing else: tables, histograms (SVG), a few
/// utterances with spectrogram and sound, and examples of the rejects to listen to.</summary>
static class DatasetReport
{
    const int Bins = 40, RejectExamples = 3;
    const double LongestRejectSeconds = 8;

    /// <summary>Writes the page.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="description">The dataset as a whole.</param>
    /// <param name="figures">What was counted and measured.</param>
    /// <param name="rejects">Ordered.</param>
    /// <param name="read">Gives the features of an utterance.</param>
    /// <param name="pathsOf">Where the recordings of rejects are; those that are not there are left out.</param>
    internal static void Write(Stream stream, DatasetDescription description, DatasetFigures figures, IEnumerable<RejectedRecording> rejects,
        Func<Utterance, UtteranceFeatures> read, Func<IReadOnlySet<string>, IReadOnlyDictionary<string, string>> pathsOf)
    {
        using var page = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        page.WriteLine($"""
            <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{Text(description.Corpus)}</title><style>
            body{"{"}font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2330{"}"}
            h1{"{"}font-size:1.5rem{"}"}h2{"{"}font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #d8dde6{"}"}
            table{"{"}border-collapse:collapse{"}"}td,th{"{"}padding:.15rem .8rem .15rem 0;text-align:left;vertical-align:top{"}"}td.n{"{"}text-align:right;font-variant-numeric:tabular-nums{"}"}
            figure{"{"}display:inline-block;margin:.6rem 1.2rem .6rem 0{"}"}figcaption{"{"}font-size:.85rem;color:#566{"}"}svg rect{"{"}fill:#3f6fb5{"}"}svg text{"{"}font:10px sans-serif;fill:#566{"}"}
            img{"{"}max-width:100%;height:128px{"}"}audio{"{"}display:block;height:2rem;width:20rem{"}"}
            </style></head><body>
            """);
        page.WriteLine($"<h1>{Text(description.Corpus)}</h1><p>{description.Utterances} utterances, {Time(description.Seconds)}, {description.Rejects} rejected. {Text(description.Tool)}, layout {Text(description.Layout)}, {description.Config.Mel.SampleRate} Hz.</p>");
        Groups(page, figures);
        Histograms(page, figures);
        Phonemes(page, figures);
        Rejects(page, rejects, pathsOf);
        page.WriteLine("<h2>Some utterances</h2>");
        foreach (var utterance in figures.Examples)
            Example(page, utterance, read(utterance), description.Config.Mel);
        page.WriteLine("</body></html>");
    }

    static void Groups(StreamWriter page, DatasetFigures figures)
    {
        page.WriteLine("<h2>Hours by speaker, style and split</h2><table><tr><th>speaker<th>style<th>utterances<th>train<th>validation<th>test<th>time</tr>");
        foreach (var ((speaker, style), voice) in figures.Voices.OrderBy(v => v.Key.Speaker, StringComparer.Ordinal).ThenBy(v => v.Key.Style, StringComparer.Ordinal))
        {
            page.WriteLine($"<tr><td>{Text(speaker)}<td>{Text(style)}<td class=n>{voice.Count}<td class=n>{voice.Splits[(int)Split.Train]}"
                + $"<td class=n>{voice.Splits[(int)Split.Validation]}<td class=n>{voice.Splits[(int)Split.Test]}<td class=n>{Time(voice.Seconds)}</tr>");
        }
        page.WriteLine("</table>");
    }

    static void Histograms(StreamWriter page, DatasetFigures figures)
    {
        page.WriteLine("<h2>Distributions</h2>");
        foreach (var (title, values) in figures.Distributions)
            Histogram(page, title, values);
    }

    static void Histogram(StreamWriter page, string title, IReadOnlyList<float> values)
    {
        const int width = 320, height = 110;
        if (values.Count == 0)
            return;
        var (low, high) = ((double)values[0], Math.Max(values[^1], values[0] + 1e-6));
        var counts = new int[Bins];
        foreach (var value in values)
            counts[(int)Math.Min(Bins - 1, (value - low) / (high - low) * Bins)]++;
        page.Write($"<figure><svg width={width} height={height + 16} role=img>");
        for (var i = 0; i < Bins; i++)
        {
            var bar = counts[i] * (double)height / counts.Max();
            page.Write(string.Create(CultureInfo.InvariantCulture, $"<rect x={i * width / Bins} y={height - bar:F1} width={width / Bins - 1} height={bar:F1}></rect>"));
        }
        page.Write(string.Create(CultureInfo.InvariantCulture, $"<text x=0 y={height + 13}>{low:G4}</text><text x={width} y={height + 13} text-anchor=end>{high:G4}</text></svg>"));
        page.WriteLine(string.Create(CultureInfo.InvariantCulture, $"<figcaption>{Text(title)}; median {values[values.Count / 2]:G4}</figcaption></figure>"));
    }

    static void Phonemes(StreamWriter page, DatasetFigures figures)
    {
        page.WriteLine("<h2>Symbols</h2><p>");
        var counts = figures.Symbols.OrderByDescending(r => r.Value).ThenBy(r => r.Key.Value);
        page.WriteLine(string.Join(" · ", counts.Select(c => $"<b>{Text(c.Key.ToString() == " " ? "(space)" : c.Key.ToString())}</b> {c.Value}")));
        page.WriteLine("</p>");
    }

    static void Rejects(StreamWriter page, IEnumerable<RejectedRecording> rejects, Func<IReadOnlySet<string>, IReadOnlyDictionary<string, string>> pathsOf)
    {
        page.WriteLine("<h2>Rejected</h2>");
        var groups = new Dictionary<string, (int Count, List<RejectedRecording> First)>(StringComparer.Ordinal);
        foreach (var reject in rejects)
        {
            var (count, first) = groups.TryGetValue(reject.Reason, out var known) ? known : (0, []);
            if (count < RejectExamples)
                first.Add(reject);
            groups[reject.Reason] = (count + 1, first);
        }
        if (groups.Count == 0)
            page.WriteLine("<p>Nothing.</p>");
        var paths = pathsOf(groups.Values.SelectMany(g => g.First).Select(r => r.Source).ToHashSet(StringComparer.Ordinal));
        foreach (var (reason, (count, first)) in groups.OrderByDescending(g => g.Value.Count).ThenBy(g => g.Key, StringComparer.Ordinal))
        {
            page.WriteLine($"<h3>{Text(reason)}: {count}</h3><table>");
            foreach (var reject in first)
                page.WriteLine($"<tr><td>{Text(reject.Source)}<td>{Text(reject.Detail)}<td>{Sound(paths.GetValueOrDefault(reject.Source))}</tr>");
            page.WriteLine("</table>");
        }
    }

    static void Example(StreamWriter page, Utterance utterance, UtteranceFeatures features, MelConfig mel)
    {
        var picture = Convert.ToBase64String(SpectrogramPicture.Draw(features.Samples, features.F0, mel));
        page.WriteLine($"<figure><img alt=\"\" src=\"data:image/png;base64,{picture}\">{Player(new(features.Samples, utterance.SampleRate))}"
            + $"<figcaption>{Text(utterance.Id)} · {Text(utterance.Speaker)} {Text(utterance.Style)}<br>{Text(utterance.Text)}<br>{Text(utterance.Symbols)}</figcaption></figure>");
    }

    /// <summary>The first seconds of a recording, where it can be decoded at all.</summary>
    static string Sound(string? path)
    {
        try
        {
            if (path is null)
                return "";
            using var reader = AudioReader.Open(path);
            var sound = reader.ReadToEnd((long)(LongestRejectSeconds * reader.SampleRate));
            return sound.Samples.Length == 0 || !sound.Samples.All(float.IsFinite) ? "" : Player(sound.SampleRate > 24000 ? Resampler.Resample(sound, 24000) : sound);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return ""; // that it cannot be read is why it was rejected
        }
    }

    static string Player(Waveform sound)
    {
        using var wav = new MemoryStream();
        WavFile.Write(wav, sound);
        return $"<audio controls preload=none src=\"data:audio/wav;base64,{Convert.ToBase64String(wav.GetBuffer(), 0, (int)wav.Length)}\"></audio>";
    }

    static string Time(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 3600)}:{(int)(seconds / 60) % 60:D2}:{(int)seconds % 60:D2}");

    static string Text(string text) => WebUtility.HtmlEncode(text);
}
