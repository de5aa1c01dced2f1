using System.CommandLine;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Text;
using Kanade.Torch;
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
            "aligner", "Train the text aligner on a dataset.", OpenDataset, s =>
                AlignerStage.Train(s.Config, s.Data, s.Run)).Create(context));
        command.Subcommands.Add(new TrainingVerb<PitchStageConfig, TrainingData>(
            "pitch", "Train the pitch extractor on a dataset's F0.", OpenDataset, s =>
                PitchStage.Train(s.Config, s.Data, s.Run)).Create(context));
        command.Subcommands.Add(new TrainingVerb<PhonemeBertStageConfig, PhonemeText>(
            "plbert", "Train PL-BERT on text: files of it, or a dataset's.", OpenText,
            s => PhonemeBertStage.Train(s.Config, s.Data, s.Run, s.Log)).Create(context));
        command.Subcommands.Add(PretrainAccentCommand.Create(context));
        command.Subcommands.Add(PretrainReadingsCommand.Create(context));
        return command;
    }

    /// <summary>The acoustic stage.</summary>
    public static Command First(CommandContext context) => new TrainingVerb<FirstStageConfig, TrainingData>(
        "train-first", "Train the acoustic stage: text and style to waveform, with the aligner.",
        (c, log, _, _) => TrainingData.Open(c.Dataset!, c.Run, log, requireDurations: c.Alignment == AlignmentSource.Dataset),
        s => FirstStage.Train(
            s.Config, s.Data,
            new FirstStageSources(
                Best(s.Config.Aligner, AlignerStage.Name), Best(s.Config.Pitch, PitchStage.Name),
                s.Config.InitFrom is { } start ? VoiceFolder.WeightsOf(start) : null),
            s.Run, s.Log),
        IsShared: false).Create(context);

    /// <summary>The prosody stage; ends with a voice in the run folder.</summary>
    public static Command Second(CommandContext context) => new TrainingVerb<SecondStageConfig, TrainingData>(
        "train-second", "Train the prosody stage: durations, pitch, energy, style diffusion, SLM adversarial.",
        (c, log, _, _) => TrainingData.Open(
            c.Dataset!, c.Run, log, requireDurations: c.Alignment == AlignmentSource.Dataset,
            references: (c.InitFrom is not null || c.Diffusion.WithReference) && c.DiffusionFrom < c.Run.Steps),
        s =>
        {
            SecondStage.Train(
                s.Config, s.Data,
                new SecondStageSources(
                    Best(s.Config.First, FirstStage.Name), Best(s.Config.Bert, PhonemeBertStage.Name),
                    s.Config.InitFrom is { } start ? VoiceFolder.WeightsOf(start) : null, Best(s.Config.Aligner, AlignerStage.Name)),
                s.Run, s.Log);
            var checkpoint = Checkpoint.OpenBest(s.Folder, SecondStage.Name);
            var config = VoiceFolder.Export(checkpoint, s.Data, Path.Combine(s.Folder, "voice"), s.Log);
            s.Log.Information("Made voice of {Checkpoint:l}, default style {Default:l}", checkpoint.Folder, config.DefaultStyle);
        },
        IsShared: false).Create(context);

    /// <summary>The best checkpoint of a run of a stage; null where no run is named.</summary>
    static Checkpoint? Best(string? run, string stage) => run is null ? null : Checkpoint.OpenBest(run, stage);

    static TrainingData OpenDataset<TConfig>(TConfig config, ILogger log, IProcessGroup group, CancellationToken _)
        where TConfig : class, IStageConfig<TConfig> => TrainingData.Open(config.Dataset!, config.Run, log, group);

    static PhonemeText OpenText(PhonemeBertStageConfig config, ILogger log, IProcessGroup _, CancellationToken cancel)
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
