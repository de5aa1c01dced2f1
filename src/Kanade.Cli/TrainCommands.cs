using System.CommandLine;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Text;
using Kanade.Training;
using Serilog;

namespace Kanade.Cli;

/// <summary><c>kanade pretrain aligner|pitch|plbert</c>, <c>kanade train-first</c>, <c>kanade train-second</c>.</summary>
static class TrainCommands
{
    /// <summary>The three networks that the stages need.</summary>
    public static Command Pretrain(CommandContext context)
    {
        var command = new Command("pretrain", "Train the networks that the stages need: aligner, pitch extractor, PL-BERT.");
        command.Subcommands.Add(new TrainingVerb<AlignerStageConfig, TrainingData>(
            "aligner", AlignerStage.Name, "Train the text aligner on a dataset.",
            [new("dataset", "The dataset", c => c.Dataset, (c, path) => c with { Dataset = path })])
        {
            Open = (c, log, group, _) => TrainingData.Open(c.Dataset!, c.Run, log, group),
            IsShared = true,
            Out = new("out", "The run folder", c => c.Out, (c, path) => c with { Out = path }),
            RunOf = c => c.Run,
            WithRun = (c, run) => c with { Run = run },
            Train = s => AlignerStage.Train(s.Config, s.Data, s.Run),
        }.Create(context));
        command.Subcommands.Add(new TrainingVerb<PitchStageConfig, TrainingData>(
            "pitch", PitchStage.Name, "Train the pitch extractor on a dataset's F0.",
            [new("dataset", "The dataset", c => c.Dataset, (c, path) => c with { Dataset = path })])
        {
            Open = (c, log, group, _) => TrainingData.Open(c.Dataset!, c.Run, log, group),
            IsShared = true,
            Out = new("out", "The run folder", c => c.Out, (c, path) => c with { Out = path }),
            RunOf = c => c.Run,
            WithRun = (c, run) => c with { Run = run },
            Train = s => PitchStage.Train(s.Config, s.Data, s.Run),
        }.Create(context));
        command.Subcommands.Add(new TrainingVerb<PhonemeBertStageConfig, PhonemeText>(
            "plbert", PhonemeBertStage.Name, "Train PL-BERT on text: files of it, or a dataset's.",
            [
                new("dataset", "A dataset whose texts are read", c => c.Dataset, (c, path) => c with { Dataset = path }, IsRequired: false),
                new("cache", "Where texts are kept as symbols, for several runs", c => c.Cache, (c, path) => c with { Cache = path }, IsRequired: false),
            ])
        {
            Lists = [new("texts", "text", "A text file (.txt, .gz, .xz), or a folder of them", (c, paths) => c with { Texts = paths })],
            Open = (c, log, _, cancel) => OpenText(c, log, cancel),
            IsShared = true,
            Out = new("out", "The run folder", c => c.Out, (c, path) => c with { Out = path }),
            RunOf = c => c.Run,
            WithRun = (c, run) => c with { Run = run },
            Train = s => PhonemeBertStage.Train(s.Config, s.Data, s.Run, s.Log),
        }.Create(context));
        command.Subcommands.Add(PretrainAccentCommand.Create(context));
        command.Subcommands.Add(PretrainReadingsCommand.Create(context));
        return command;
    }

    /// <summary>The acoustic stage.</summary>
    public static Command First(CommandContext context) => new TrainingVerb<FirstStageConfig, TrainingData>(
        "train-first", FirstStage.Name, "Train the acoustic stage: text and style to waveform, with the aligner.",
        [
            new("dataset", "The dataset", c => c.Dataset, (c, path) => c with { Dataset = path }),
            new("aligner", "Run folder of the pretrained aligner, for alignment: learned", c => c.Aligner, (c, path) => c with { Aligner = path }, IsRequired: false),
            new("pitch", "Run folder of the pretrained pitch extractor, for pitch_source: extractor", c => c.Pitch, (c, path) => c with { Pitch = path }, IsRequired: false),
            new("init-from", "A run, checkpoint or voice to begin with", c => c.InitFrom, (c, path) => c with { InitFrom = path }, IsRequired: false),
        ])
    {
        Open = (c, log, _, _) => TrainingData.Open(c.Dataset!, c.Run, log, requireDurations: c.Alignment == AlignmentSource.Dataset),
        Schedule = c => c.Schedule,
        Out = new("out", "The run folder", c => c.Out, (c, path) => c with { Out = path }),
        RunOf = c => c.Run,
        WithRun = (c, run) => c with { Run = run },
        Train = s => FirstStage.Train(
            s.Config, s.Data,
            new FirstStageSources(
                s.Config.Aligner is { } aligner ? Checkpoint.OpenBest(aligner, AlignerStage.Name) : null,
                s.Config.Pitch is { } pitch ? Checkpoint.OpenBest(pitch, PitchStage.Name) : null,
                s.Config.InitFrom is { } start ? VoiceFolder.WeightsOf(start) : null),
            s.Run, s.Log),
    }.Create(context);

    /// <summary>The prosody stage; ends with a voice in the run folder.</summary>
    public static Command Second(CommandContext context) => new TrainingVerb<SecondStageConfig, TrainingData>(
        "train-second", SecondStage.Name, "Train the prosody stage: durations, pitch, energy, style diffusion, SLM adversarial.",
        [
            new("dataset", "The dataset", c => c.Dataset, (c, path) => c with { Dataset = path }),
            new("first", "Run folder of the first stage", c => c.First, (c, path) => c with { First = path }, IsRequired: false),
            new("bert", "Run folder of the pretrained PL-BERT", c => c.Bert, (c, path) => c with { Bert = path }, IsRequired: false),
            new("init-from", "A run of this stage or a voice to begin with, instead of the two", c => c.InitFrom, (c, path) => c with { InitFrom = path }, IsRequired: false),
            new("aligner", "Run folder of an aligner that reads what a validation speaks", c => c.Aligner, (c, path) => c with { Aligner = path }, IsRequired: false),
        ])
    {
        Open = (c, log, _, _) => TrainingData.Open(
            c.Dataset!, c.Run, log, requireDurations: c.Alignment == AlignmentSource.Dataset,
            references: c.Diffusion.WithReference && c.DiffusionFrom < c.Run.Steps),
        Schedule = c => c.Schedule,
        Out = new("out", "The run folder", c => c.Out, (c, path) => c with { Out = path }),
        RunOf = c => c.Run,
        WithRun = (c, run) => c with { Run = run },
        Train = s =>
        {
            SecondStage.Train(
                s.Config, s.Data,
                new SecondStageSources(
                    s.Config.First is { } first ? Checkpoint.OpenBest(first, FirstStage.Name) : null,
                    s.Config.Bert is { } bert ? Checkpoint.OpenBest(bert, PhonemeBertStage.Name) : null,
                    s.Config.InitFrom is { } start ? VoiceFolder.WeightsOf(start) : null,
                    s.Config.Aligner is { } aligner ? Checkpoint.OpenBest(aligner, AlignerStage.Name) : null),
                s.Run, s.Log);
            var checkpoint = Checkpoint.OpenBest(s.Folder, SecondStage.Name);
            var config = VoiceFolder.Export(checkpoint, s.Data, s.Config.Alignment, Path.Combine(s.Folder, "voice"), s.Log);
            s.Log.Information("Made voice of {Checkpoint:l}, default style {Default:l}", checkpoint.Folder, config.DefaultStyle);
        },
    }.Create(context);

    static PhonemeText OpenText(PhonemeBertStageConfig config, ILogger log, CancellationToken cancel)
    {
        var corpus = (config.Texts, config.Dataset) switch
        {
            (null or [], null) => throw new UsageException("nothing to train on: give --text (or the configuration's 'texts'), or --dataset"),
            ({ Count: > 0 }, { Length: > 0 }) => throw new UsageException("texts and a dataset are both given: name one of them, with --text or with --dataset"),
            ({ Count: > 0 } texts, _) => new TextCache(config.Cache ?? Path.Combine(config.Out!, "text"), new FrontendOptions(), log).Open(texts, Environment.ProcessorCount, cancel),
            (_, var folder) => Read(folder!),
        };
        return PhonemeText.Open(corpus, config.Bert.Positions, config.Vocabulary, config.ValidationShare, config.ValidationTexts);

        PhonemeCorpus Read(string folder)
        {
            using var dataset = Dataset.Open(folder);
            return PhonemeCorpus.Of(dataset, new FrontendOptions(), log);
        }
    }
}
