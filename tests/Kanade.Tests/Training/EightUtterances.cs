using Kanade.Corpus;
using Kanade.Models;
using Kanade.Tests.Corpus;
using Kanade.Text;
using Kanade.Training;
using Serilog.Core;

namespace Kanade.Tests.Training;

/// <summary>
/// Eight utterances of the sample corpus as a dataset whose validation split is its training split: what a stage must be able to learn by heart. Their durations
/// come from an aligner that was trained on the whole sample corpus.
/// </summary>
public sealed class EightUtterances : IDisposable
{
    const int Count = 8;
    const string Config = "config";

    readonly TemporaryFolder _folder = new();

    public EightUtterances()
    {
        var whole = _folder.File("whole");
        new Preprocessor(PreprocessConfig.Default, new(Workers: 2), Logger.None).Run(SampleCorpus.Folder, whole);
        var run = new RunConfig(400, BatchSize: 8, LearningRate: 3e-3, WarmupSteps: 20, FinalRate: 0.05, ValidateEvery: 1000, SaveEvery: 1000);
        Train(AlignerStage.Name, Aligner, run, whole, durations: false, (data, training) =>
            AlignerStage.Train(new AlignerStageConfig(run, new AlignerConfig(64, 64, 2)), data, training));
        var bert = new PhonemeBertStageConfig(
            new RunConfig(1, BatchSize: 4), new PhonemeBertConfig(Hidden: 64, Heads: 2, FeedForward: 128, Layers: 2, Positions: 256, Embedding: 32), Vocabulary: 50);
        using (var dataset = Dataset.Open(whole))
        using (var texts = PhonemeText.Open(PhonemeCorpus.Of(dataset, new FrontendOptions(), Logger.None), bert.Bert.Positions, bert.Vocabulary, bert.ValidationShare, bert.ValidationTexts))
        using (var training = new TrainingRun(Bert, new RunIdentity(PhonemeBertStage.Name, Config, texts.Hash, texts.Table), bert.Run, null, Logger.None, default))
            PhonemeBertStage.Train(bert, texts, training, Logger.None);
        TakeEight(whole);
    }

    /// <summary>Run folders of what was trained on the whole corpus.</summary>
    public string Aligner => _folder.File("aligner");

    public string Bert => _folder.File("plbert");

    public string File(string name) => _folder.File(name);

    /// <summary>Trains a stage on the eight utterances.</summary>
    public void Train(string stage, string folder, RunConfig run, Action<TrainingData, TrainingRun> train) =>
        Train(stage, folder, run, _folder.File("eight"), durations: true, train);

    static void Train(string stage, string folder, RunConfig config, string dataset, bool durations, Action<TrainingData, TrainingRun> train)
    {
        using var data = TrainingData.Open(dataset, config, Logger.None, requireDurations: durations);
        using var run = new TrainingRun(folder, new RunIdentity(stage, Config, data.Hash, data.Table), config, null, Logger.None, default);
        train(data, run);
    }

    void TakeEight(string whole)
    {
        var eight = _folder.File("eight");
        using (var source = Dataset.Open(whole))
        {
            Directory.CreateDirectory(Path.Combine(eight, "shards"));
            foreach (var shard in Directory.GetFiles(Path.Combine(whole, "shards")))
                System.IO.File.Copy(shard, Path.Combine(eight, "shards", Path.GetFileName(shard)));
            System.IO.File.Copy(Path.Combine(whole, "dataset.json"), Path.Combine(eight, "dataset.json"));
            var chosen = source.All.OrderBy(u => u.Speaker, StringComparer.Ordinal).ThenBy(u => u.Seconds).Where(u => u.Seconds > 1.5).ToArray();
            Utterance[] taken = [.. chosen.Take(Count / 2), .. chosen.Where(u => u.Speaker != chosen[0].Speaker).Take(Count / 2)];
            using var manifest = System.IO.File.Create(Path.Combine(eight, "manifest.parquet"));
            Manifest.Write(manifest, [.. taken.Select(u => u with { Split = Split.Train }), .. taken.Select(u => u with { Id = u.Id + " again", Split = Split.Validation })]);
        }
        using var dataset = Dataset.Open(eight);
        using var aligner = SpeechAligner.Open(Checkpoint.Open(Aligner, AlignerStage.Name));
        AlignedDurations.Write(dataset, aligner.Hash, dataset.All.ToDictionary(
            u => u.Id, u => aligner.Align(u.Id, u.Text, u.Ids, dataset.Read(u).Samples).Durations ?? throw new InvalidDataException(u.Id)));
    }

    public void Dispose() => _folder.Dispose();
}
