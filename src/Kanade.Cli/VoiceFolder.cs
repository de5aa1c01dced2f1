using System.Text.Json;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Torch;
using Kanade.Training;
using Serilog;
using TorchSharp;

namespace Kanade.Cli;

/// <summary>Voices on disk: finding one, reading its <c>voice.yml</c>, and making one from a checkpoint of the second stage.</summary>
static class VoiceFolder
{
    const string Kind = "voice";

    /// <summary>Opens a voice by its folder or by the run folder that it was trained in.</summary>
    /// <exception cref="CheckpointException">There is no voice there.</exception>
    public static Voice Open(string path)
    {
        var folder = Locate(path);
        var config = ReadConfig(folder);
        Libtorch.Load();
        return Voice.Open(folder, config);
    }

    /// <summary>The folder of a voice, by itself or by the run folder that it was trained in.</summary>
    /// <exception cref="CheckpointException">There is no voice there.</exception>
    public static string Locate(string path)
    {
        var folder = new[] { path, Path.Combine(path, "voice") }.FirstOrDefault(f => File.Exists(Path.Combine(f, Voice.ConfigFile)));
        if (folder is not null)
            return folder;
        if (!Directory.Exists(path))
            throw new CheckpointException($"{path}: no such folder; give a voice, or a run of train-second");
        var stage = Checkpoint.Exists(path) ? Checkpoint.StateOf(path).Stage : null;
        throw new CheckpointException(stage switch
        {
            null => $"{path}: no voice here ({Voice.ConfigFile} is missing); give a voice, or a run of train-second",
            SecondStage.Name =>
                $"{path}: the second stage has not finished; run train-second again, it goes on, or make a voice of it: kanade voice make",
            _ => $"{path}: a run of the stage '{stage}'; a voice comes from train-second",
        });
    }

    /// <summary>The weights of a voice, of a run of either stage, or of one of its checkpoints.</summary>
    public static TrainedWeights WeightsOf(string path)
    {
        if (!File.Exists(Path.Combine(path, Voice.ConfigFile)))
            return TrainedWeights.Of(Checkpoint.OpenBest(path));
        var config = ReadConfig(path);
        var sizes = new Dictionary<string, JsonElement>
        {
            ["bert"] = CheckpointState.Describe(config.Bert),
            ["bert_encoder"] = CheckpointState.Describe(config.Bert),
            ["predictor"] = CheckpointState.Describe(config.Prosody),
            ["diffusion"] = CheckpointState.Describe(config.Diffusion),
        };
        foreach (var network in new[] { "text_encoder", "style_encoder", "decoder", "predictor_encoder" })
            sizes[network] = CheckpointState.Describe(config.Acoustic);
        return TrainedWeights.OfVoice(Path.Combine(path, Voice.WeightsFile), sizes, config.Mel, config.SigmaData);
    }

    /// <summary>Reads the <c>voice.yml</c> of a voice.</summary>
    public static VoiceConfig ReadConfig(string folder) => ConfigFile.Read<VoiceConfig>(Kind, Path.Combine(folder, Voice.ConfigFile), []);

    /// <summary>What <c>voice.yml</c> holds.</summary>
    public static string ToYaml(VoiceConfig config) => ConfigWriter.ToYaml(new ConfigFile(Kind, config));

    /// <summary>Makes a voice of a second stage's checkpoint: its networks, and the mean style vector of each speaker's styles.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="data">Whose training split the styles are measured on.</param>
    /// <param name="folder">Where the voice goes; files of an earlier one are written over.</param>
    /// <param name="log">Where it lists the styles.</param>
    public static VoiceConfig Export(Checkpoint checkpoint, TrainingData data, string folder, ILogger log)
    {
        using var builder = new VoiceBuilder(checkpoint, data.Mel, data.Dataset.Description.Corpus);
        using var scope = torch.NewDisposeScope();
        var styles = StyleCentroids.Measure(builder.Networks, data);
        var utterances = data.Dataset.Utterances(Split.Train).Select(u => u.StyleName).Where(styles.ContainsKey).CountBy(name => name);
        var config = builder.Write(folder, styles, utterances.ToDictionary());
        File.WriteAllText(Path.Combine(folder, Voice.ConfigFile), ToYaml(config));
        if (config.SigmaData == 0)
            log.Warning("the style diffusion of {Checkpoint:l} was never trained: the voice speaks given styles only", checkpoint.Folder);
        log.Information("Styles of the voice: {Styles:l}", string.Join(", ", styles.Keys.Order(StringComparer.Ordinal)));
        return config;
    }
}
