using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Torch;
using Kanade.Training;
using Serilog;
using TorchSharp;

namespace Kanade.Cli;

/// <summary>Voices on disk: where a path leads, reading <c>voice.yml</c>, and making a voice from a run of the second stage.</summary>
static class VoiceFolder
{
    const string Kind = "voice";

    /// <summary>Opens a voice by its folder or by the run folder that it was trained in.</summary>
    /// <exception cref="CheckpointException">There is no voice there.</exception>
    public static Voice Open(string path)
    {
        var folder = new[] { path, Path.Combine(path, "voice") }.FirstOrDefault(f => File.Exists(Path.Combine(f, Voice.ConfigFile)));
        if (folder is null)
        {
            if (!Directory.Exists(path))
                throw new CheckpointException($"{path}: no such folder; give a voice, or a run of train-second");
            var stage = Checkpoint.Exists(path) ? Checkpoint.StateOf(path).Stage : null;
            throw new CheckpointException(stage switch
            {
                null => $"{path}: no voice here ({Voice.ConfigFile} is missing); give a voice, or a run of train-second",
                SecondStage.Name => $"{path}: the second stage has not finished; run train-second again, it goes on",
                _ => $"{path}: a run of the stage '{stage}'; a voice comes from train-second",
            });
        }
        var config = ConfigFile.Read<VoiceConfig>(Kind, Path.Combine(folder, Voice.ConfigFile), []);
        Libtorch.Load();
        return Voice.Open(folder, config);
    }

    /// <summary>The weights of a voice, of a run of either stage, or of one of its checkpoints.</summary>
    public static TrainedWeights WeightsOf(string path)
    {
        if (!File.Exists(Path.Combine(path, Voice.ConfigFile)))
            return TrainedWeights.Of(Checkpoint.OpenBest(path));
        var config = ConfigFile.Read<VoiceConfig>(Kind, Path.Combine(path, Voice.ConfigFile), []);
        var sizes = new Dictionary<string, System.Text.Json.JsonElement>
        {
            [CheckpointState.MelKey] = CheckpointState.Describe(config.Mel),
            ["bert"] = CheckpointState.Describe(config.Bert),
            ["bert_encoder"] = CheckpointState.Describe(config.Bert),
            ["predictor"] = CheckpointState.Describe(config.Prosody),
            ["diffusion"] = CheckpointState.Describe(config.Diffusion),
        };
        foreach (var network in new[] { "text_encoder", "style_encoder", "decoder", "predictor_encoder" })
            sizes[network] = CheckpointState.Describe(config.Acoustic);
        return TrainedWeights.OfVoice(Path.Combine(path, Voice.WeightsFile), sizes);
    }

    /// <summary>Makes a voice of a second stage's checkpoint: its networks, and the mean style of every speaker and style of the dataset.</summary>
    /// <param name="checkpoint">The second stage's.</param>
    /// <param name="data">Whose styles it gets.</param>
    /// <param name="alignment">Where it learnt durations.</param>
    /// <param name="folder">The voice's.</param>
    /// <param name="log">Told of it.</param>
    public static void Export(Checkpoint checkpoint, TrainingData data, AlignmentSource alignment, string folder, ILogger log)
    {
        using var scope = torch.NewDisposeScope();
        using var networks = new NetworkSet();
        var config = new VoiceConfig(
            data.Mel, checkpoint.Sizes<AcousticConfig>("decoder"), checkpoint.Sizes<PhonemeBertConfig>("bert"),
            checkpoint.Sizes<ProsodyConfig>("predictor"), checkpoint.Sizes<DiffusionConfig>("diffusion"),
            checkpoint.State.Measures["sigma_data"], checkpoint.State.SymbolTable, MarksAreSilent: alignment == AlignmentSource.Dataset, Name: data.Dataset.Description.Corpus);
        var speech = SpeechNetworks.Create(networks, config.Acoustic, config.Bert, config.Prosody, config.Diffusion, config.Mel, TrainingData.Symbols);
        foreach (var name in networks.Sizes.Keys)
            checkpoint.LoadAveraged(name, networks[name]);
        networks.Evaluate();
        var styles = StyleCentroids.Measure(speech, data);
        config = config with { DefaultStyle = styles.Keys.Order(StringComparer.Ordinal).First() };
        Voice.Write(folder, networks.Flat, styles);
        File.WriteAllText(Path.Combine(folder, Voice.ConfigFile), ConfigWriter.ToYaml(new ConfigFile(Kind, config)));
        log.Information("voice in {Folder} with the styles {Styles:l}", folder, string.Join(", ", styles.Keys.Order(StringComparer.Ordinal)));
    }
}
