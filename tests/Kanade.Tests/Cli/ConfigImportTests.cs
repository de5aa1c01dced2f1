using System.Text.Json;
using Kanade.Cli;
using Kanade.Models;
using Kanade.Training;

namespace Kanade.Tests.Cli;

public sealed class ConfigImportTests : IDisposable
{
    const string Yaml = """
        log_dir: "Models/x"
        first_stage_path: "first_stage.pth"
        save_freq: 2
        device: "cuda"
        epochs_1st: 50 # number of epochs
        epochs_2nd: 30
        batch_size: 16
        max_len: 300
        F0_path: "Utils/JDC/bst.t7"
        data_params:
          train_data: "Data/train_list.txt"
          OOD_data: "Data/OOD_texts.txt"
          min_length: 50
        preprocess_params:
          sr: 24000
          spect_params: {n_fft: 2048, win_length: 1200, hop_length: 300}
        model_params:
          multispeaker: True
          dim_in: 32
          hidden_dim: 256
          max_conv_dim: 512
          n_layer: 2
          n_mels: 80
          n_token: 178
          max_dur: 40
          style_dim: 128
          dropout: 0.1
          decoder:
            type: 'hifigan'
            resblock_kernel_sizes: [3,7]
            upsample_rates: [10,5,3,2]
            upsample_initial_channel: 128
            resblock_dilation_sizes: [[1,3,5], [1,3,5]]
            upsample_kernel_sizes: [20,10,6,4]
          slm: {model: 'microsoft/wavlm-base-plus', sr: 16000, hidden: 768, nlayers: 13, initial_channel: 32}
          diffusion:
            embedding_mask_proba: 0.2
            transformer: {num_layers: 2, num_heads: 4, head_features: 32, multiplier: 1}
            dist: {sigma_data: 0.2, estimate_sigma_data: true, mean: -2.5, std: 1.5}
        loss_params:
          lambda_mel: 10.
          lambda_gen: 2.
          lambda_slm: 3.
          lambda_mono: 4.
          lambda_s2s: 5.
          TMA_epoch: 5
          lambda_F0: 6.
          lambda_norm: 7.
          lambda_dur: 8.
          lambda_ce: 9.
          lambda_sty: 11.
          lambda_diff: 12.
          diff_epoch: 10
          joint_epoch: 15
        optimizer_params: {lr: 0.0002, bert_lr: 0.00003, ft_lr: 0.00004}
        slmadv_params:
          min_len: 400
          max_len: 500
          batch_percentage: 0.5
          iter: 20
          thresh: 5
          scale: 0.01
          sig: 1.25
        """;

    readonly TemporaryFolder _folder = new();

    string Out => _folder.File("configs");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_key_with_a_counterpart_is_taken()
    {
        var (code, _, error) = await Import(Yaml, "--utterances", "1610");
        Assert.True(code == 0, error);
        Assert.Contains("100 steps an epoch", error);   // of 16; the rest of ten is dropped, as the original does
        var first = ConfigFile.Read<FirstStageConfig>(FirstStage.Name, Path.Combine(Out, "first.yml"), []);
        Assert.Equal(new RunConfig(5000, 16, 2e-4, ClipNorm: null, ValidateEvery: 100, SaveEvery: 200), first.Run);
        Assert.Equal(new FirstStageWeights(10, 2, 3, 4, 5), first.Weights);
        Assert.Equal((500L, 300, 32), (first.AdversarialFrom, first.CropFrames, first.Slm.DiscriminatorChannels));
        var a = first.Acoustic;
        Assert.Equal((256, 2, 32, 256), (a.Channels, a.Depth, a.StyleChannels, a.StyleMaxChannels));
        var decoder = first.Acoustic.Decoder;
        Assert.Equal((DecoderKind.Hifigan, 128), (decoder.Kind, decoder.InitialChannels));
        Assert.Equal([10, 5, 3, 2], decoder.UpsampleRates!);
        Assert.Equal([20, 10, 6, 4], decoder.UpsampleKernels!);
        Assert.Equal([3, 7], decoder.ResidualKernels!);
        Assert.Equal([1, 3, 5], decoder.ResidualDilations!);

        var second = ConfigFile.Read<SecondStageConfig>(SecondStage.Name, Path.Combine(Out, "second.yml"), []);
        Assert.Equal((PitchSource.Extractor, PitchSource.Extractor, PitchScale.Hz),
            (first.PitchSource, second.PitchSource, second.Prosody.Pitch));
        Assert.Equal((3000L, 16, 2e-4), (second.Run.Steps, second.Run.BatchSize, second.Run.LearningRate));
        Assert.Equal((3e-5, 4e-5, 300), (second.BertRate, second.FineTuneRate, second.CropFrames));
        Assert.Equal((1000L, 1500L, 1500L), (second.DiffusionFrom, second.JointFrom, second.SlmFrom));
        Assert.Equal((2, 40, 0.1), (second.Prosody.Layers, second.Prosody.MaxDuration, second.Prosody.Dropout));
        Assert.Equal(new DiffusionConfig(2, 4, 32, 1, 0.2, -2.5, 1.5, true), second.Diffusion);
        var w = second.Weights;
        Assert.Equal((10.0, 2.0, 3.0, 6.0, 7.0), (w.Mel, w.Adversarial, w.Slm, w.F0, w.Energy));
        Assert.Equal((8.0, 9.0, 11.0, 12.0), (w.Duration, w.DurationBits, w.Style, w.Diffusion));
        Assert.Equal(new SlmAdversarialConfig(400, 500, 0.5, 20, 5, 0.01, 1.25), second.Slmadv);
        Assert.Equal(("Data/OOD_texts.txt", 50), (second.OodData, second.MinLength));
    }

    [Fact]
    public async Task Every_key_of_the_original_is_taken_or_listed_once_with_its_reason()
    {
        var (code, output, error) = await Import(Yaml, "--json");
        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        var notTaken = json.RootElement.GetProperty("not_taken").EnumerateArray()
            .ToDictionary(k => k.GetProperty("key").GetString()!, k => k.GetProperty("reason").GetString()!);
        Assert.All(notTaken.Values, Assert.NotEmpty);
        Assert.Equal("without effect in the original", notTaken["model_params.max_conv_dim"]);
        Assert.Contains("--pitch", notTaken["F0_path"]);
        Assert.Contains("kanade preprocess", notTaken["data_params.train_data"]);
        Assert.Contains("slm.weights", notTaken["model_params.slm.model"]);
        Assert.DoesNotContain("batch_size", notTaken.Keys);
        Assert.DoesNotContain("model_params.n_token", notTaken.Keys);
        Assert.DoesNotContain("slmadv_params.min_len", notTaken.Keys);
    }

    [Fact]
    public async Task The_list_is_a_line_a_key()
    {
        var (code, output, _) = await Import(Yaml);
        Assert.Equal(0, code);
        Assert.Contains("device: without effect in the original", output.Split('\n'));
        Assert.Contains("log_dir: a path: give --out", output.Split('\n'));
    }

    [Theory]
    [InlineData("dropout: 0.1", "dropout: 1.5", "original.yml:27:12: prosody.dropout: must lie in [0, 1)")]
    [InlineData("lambda_mel: 10.", "lambda_mel: much", "original.yml:41:15: weights.mel: expected a number")]
    [InlineData("TMA_epoch: 5", "TMA_epoch: -1", "loss_params.TMA_epoch: expected a whole number of epochs")]
    [InlineData("style_dim: 128", "style_dim: 256", "model_params.style_dim: must be 128")]
    [InlineData("[[1,3,5], [1,3,5]]", "[[1,3,5], [1,3,7]]", "the same dilations for every kernel")]
    [InlineData("'hifigan'", "'vocos'", "expected istftnet or hifigan")]
    [InlineData("epochs_2nd: 30", "epochs_3rd: 30", "epochs_2nd: missing")]
    [InlineData("batch_size: 16", "", "batch_size: missing")]
    public async Task What_is_wrong_is_told_at_its_place_in_the_original_and_nothing_is_written(string right, string wrong, string problem)
    {
        var (code, _, error) = await Import(Yaml.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Equal(3, code);
        Assert.Contains(problem, error);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public async Task Styles_are_not_sampled_before_their_diffusion_trains()
    {
        var early = Yaml.Replace("joint_epoch: 15", "joint_epoch: 3", StringComparison.Ordinal);
        var (code, _, error) = await Import(early, "--utterances", "16");
        Assert.True(code == 0, error);
        var second = ConfigFile.Read<SecondStageConfig>(SecondStage.Name, Path.Combine(Out, "second.yml"), []);
        Assert.Equal((10L, 3L, 10L), (second.DiffusionFrom, second.JointFrom, second.SlmFrom));
    }

    [Fact]
    public async Task A_fine_tuning_configuration_has_no_first_stage()
    {
        var tuning = Yaml.Replace("epochs_1st: 50 # number of epochs\n", "", StringComparison.Ordinal)
            .Replace("epochs_2nd", "epochs", StringComparison.Ordinal);
        var (code, _, error) = await Import(tuning, "--utterances", "32");
        Assert.True(code == 0, error);
        Assert.Contains("no first.yml", error);
        Assert.False(File.Exists(Path.Combine(Out, "first.yml")));
        Assert.Equal(60, ConfigFile.Read<SecondStageConfig>(SecondStage.Name, Path.Combine(Out, "second.yml"), []).Run.Steps);
    }

    async Task<(int Code, string Output, string Error)> Import(string yaml, params string[] options)
    {
        var path = _folder.File("original.yml");
        File.WriteAllText(path, yaml);
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var context = new CommandContext(System.IO.TextReader.Null, output, new Screen(error, 0));
        var code = await CommandLine.Run(["config", "import", path, "--out", Out, .. options], context, default);
        return (code, output.ToString(), error.ToString());
    }
}
