using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Tests.Corpus;
using Kanade.Text;
using Kanade.Training;
using Serilog.Core;

namespace Kanade.Tests.Training;

/// <summary>
/// Eight utterances of the sample corpus as a dataset whose validation split is its training split: what a stage must be able to learn by heart. Their durations
/// are the synthesiser's own (<c>tests/Corpus/labels</c>); an aligner that learnt the same eight reads what is spoken.
/// </summary>
public sealed class EightUtterances : IDisposable
{
    static readonly string[] Names = ["mei_05", "mei_07", "mei_08", "mei_13", "takumi_02", "takumi_04", "takumi_09", "takumi_14"];

    readonly TemporaryFolder _folder = new();

    public EightUtterances()
    {
        MakeDataset();
        var run = new RunConfig(250, BatchSize: 8, LearningRate: 3e-3, WarmupSteps: 20, FinalRate: 0.05, ValidateEvery: 1000, SaveEvery: 1000);
        Train(AlignerStage.Name, Aligner, run, (data, training) => AlignerStage.Train(new AlignerStageConfig(run, new AlignerConfig(64, 64, 2)), data, training));
        var bert = new PhonemeBertStageConfig(
            new RunConfig(1, BatchSize: 4), new PhonemeBertConfig(Hidden: 64, Heads: 2, FeedForward: 128, Layers: 2, Positions: 256, Embedding: 32), Vocabulary: 50);
        using var dataset = Dataset.Open(Folder);
        using var texts = PhonemeText.Open(
            PhonemeCorpus.Of(dataset, new FrontendOptions(), Logger.None), bert.Bert.Positions, bert.Vocabulary, bert.ValidationShare, bert.ValidationTexts);
        using var book = new TrainingRun(Bert, new RunIdentity(PhonemeBertStage.Name, "config", texts.Hash, texts.Table), bert.Run, null, Logger.None, default);
        PhonemeBertStage.Train(bert, texts, book, Logger.None);
    }

    /// <summary>Run folders of what was trained on the same utterances.</summary>
    public string Aligner => _folder.File("aligner");

    public string Bert => _folder.File("plbert");

    string Folder => _folder.File("dataset");

    /// <summary>What the eight say, and in what style.</summary>
    public IReadOnlyList<(string Text, string Style)> Sentences
    {
        get
        {
            using var dataset = Dataset.Open(Folder);
            return [.. dataset.Utterances(Split.Train).Select(u => (u.Text, u.StyleName))];
        }
    }

    /// <summary>A path in the fixture's folder.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>Trains a stage on the eight utterances.</summary>
    public void Train(string stage, string folder, RunConfig config, Action<TrainingData, TrainingRun> train)
    {
        using var data = TrainingData.Open(Folder, config, Logger.None, requireDurations: true);
        using var run = new TrainingRun(folder, new RunIdentity(stage, "config", data.Hash, data.Table), config, null, Logger.None, default);
        train(data, run);
    }

    void MakeDataset()
    {
        var corpus = _folder.File("corpus");
        Directory.CreateDirectory(Path.Combine(corpus, "audio"));
        var listing = System.IO.File.ReadAllLines(Path.Combine(SampleCorpus.Folder, "metadata.tsv"));
        System.IO.File.WriteAllLines(Path.Combine(corpus, "metadata.tsv"), [listing[0], .. listing.Where(l => Names.Any(n => l.Contains(n + ".", StringComparison.Ordinal)))]);
        foreach (var name in Names)
            System.IO.File.Copy(SampleCorpus.Recording(name + ".flac"), Path.Combine(corpus, "audio", name + ".flac"));
        new Preprocessor(PreprocessConfig.Default, new(Workers: 2), Logger.None).Run(corpus, Folder);
        var rows = Manifest.Read(Path.Combine(Folder, "manifest.parquet"));
        using (var manifest = System.IO.File.Create(Path.Combine(Folder, "manifest.parquet")))
            Manifest.Write(manifest, [.. rows.Select(u => u with { Split = Split.Train }), .. rows.Select(u => u with { Id = u.Id + " again", Split = Split.Validation })]);
        using var dataset = Dataset.Open(Folder);
        AlignedDurations.Write(dataset, "labels", dataset.All.ToDictionary(u => u.Id, u => Durations(u, dataset.Config.Mel)));
    }

    /// <summary>The synthesiser's times as durations.</summary>
    static int[] Durations(Utterance utterance, MelConfig mel)
    {
        var label = Path.Combine(SampleCorpus.Folder, "labels", Path.GetFileNameWithoutExtension(utterance.Source) + ".lab");
        var phones = TimeLabels.Shift(TimeLabels.ReadHtk(label), -utterance.SourceStartSeconds).Where(p => p.Phone is not "sil").ToArray();
        var groups = SymbolGroups.Of(utterance.Symbols);
        var spans = new (int First, int Last)[utterance.Ids.Length];
        var (next, frame) = (0, 2 * mel.HopSeconds);
        foreach (var group in groups)
        {
            // The full stop is silence, which the labels' last phone has behind it.
            var isLast = next == phones.Length;
            var (start, end) = isLast || group.Kind == SymbolKind.Mark
                ? (phones[Math.Max(0, next - 1)].EndSeconds, phones[Math.Max(0, next - 1)].EndSeconds + frame)
                : (phones[next].StartSeconds, phones[next].EndSeconds);
            for (var i = 0; i < group.Length; i++)
            {
                var (from, to) = (start + (end - start) * i / group.Length, start + (end - start) * (i + 1) / group.Length);
                spans[group.Start + 1 + i] = ((int)Math.Round(from / frame), Math.Max((int)Math.Round(from / frame), (int)Math.Round(to / frame) - 1));
            }
            if (group.Kind != SymbolKind.Mark && !isLast)
                next++;
        }
        Assert.Equal(phones.Length, next);      // the synthesiser wrote きれい as k i r e i, the frontend has a long e: the same sounds in number
        return SymbolDurations.Of(utterance.Ids, spans, utterance.Frames / 2) ?? throw new InvalidDataException($"{utterance.Id}: no durations");
    }

    public void Dispose() => _folder.Dispose();
}
