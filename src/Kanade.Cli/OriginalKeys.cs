using Kanade.Training;

namespace Kanade.Cli;

/// <summary>How a value of an original configuration is written here.</summary>
enum Rewriting
{
    /// <summary>As it is.</summary>
    None,

    /// <summary>Epochs become steps.</summary>
    Epochs,

    /// <summary>A decoder's name.</summary>
    Decoder,

    /// <summary>A list of equal lists becomes the one list.</summary>
    EqualLists,

    /// <summary>Python's True and False.</summary>
    Flag,
}

/// <summary>A key of an original configuration and the key that takes its value here.</summary>
/// <param name="Original">Its path in StyleTTS 2's or Tsukasa's configuration.</param>
/// <param name="Kind">Which of our files, by its <c>kind</c>.</param>
/// <param name="Key">Its path there.</param>
/// <param name="As">How the value is written.</param>
sealed record OriginalKey(string Original, string Kind, string Key, Rewriting As = Rewriting.None);

/// <summary>The tables of <c>kanade config import</c>: which key goes where, and why others go nowhere.</summary>
static class OriginalKeys
{
    const string First = FirstStage.Name, Second = SecondStage.Name;

    const string NoCounterpart = "no counterpart";

    /// <summary>What the original does without a key for it, where Kanade's default is another.</summary>
    /// <returns>Keys of our file of that kind with their values.</returns>
    public static IEnumerable<(string Key, string Value)> AsThere(string kind) =>
    [
        ("run.clip_norm", "null"), ("pitch_source", "extractor"),
            .. kind == Second ? [("prosody.pitch", "hz")] : Array.Empty<(string, string)>(),
    ];

    /// <summary>Later rows win where two have the same key.</summary>
    public static IReadOnlyList<OriginalKey> All { get; } =
    [
        new("epochs_1st", First, "run.steps", Rewriting.Epochs),
        new("batch_size", First, "run.batch_size"),
        new("optimizer_params.lr", First, "run.learning_rate"),
        new("save_freq", First, "run.save_every", Rewriting.Epochs),
        new("max_len", First, "crop_frames"),
        new("model_params.hidden_dim", First, "acoustic.channels"),
        new("model_params.n_layer", First, "acoustic.depth"),
        new("model_params.dim_in", First, "acoustic.style_channels"),
        new("model_params.hidden_dim", First, "acoustic.style_max_channels"), // the original passes this one, and max_conv_dim nowhere
        new("model_params.decoder.type", First, "acoustic.decoder.kind", Rewriting.Decoder),
        new("model_params.decoder.upsample_initial_channel", First, "acoustic.decoder.initial_channels"),
        new("model_params.decoder.upsample_rates", First, "acoustic.decoder.upsample_rates"),
        new("model_params.decoder.upsample_kernel_sizes", First, "acoustic.decoder.upsample_kernels"),
        new("model_params.decoder.resblock_kernel_sizes", First, "acoustic.decoder.residual_kernels"),
        new("model_params.decoder.resblock_dilation_sizes", First, "acoustic.decoder.residual_dilations", Rewriting.EqualLists),
        new("model_params.decoder.gen_istft_n_fft", First, "acoustic.decoder.fft_size"),
        new("model_params.decoder.gen_istft_hop_size", First, "acoustic.decoder.istft_hop"),
        new("model_params.slm.initial_channel", First, "slm.discriminator_channels"),
        new("loss_params.lambda_mel", First, "weights.mel"),
        new("loss_params.lambda_gen", First, "weights.adversarial"),
        new("loss_params.lambda_slm", First, "weights.slm"),
        new("loss_params.lambda_mono", First, "weights.monotonic"),
        new("loss_params.lambda_s2s", First, "weights.tokens"),
        new("loss_params.TMA_epoch", First, "adversarial_from", Rewriting.Epochs),

        new("epochs", Second, "run.steps", Rewriting.Epochs), // of a fine-tuning configuration
        new("epochs_2nd", Second, "run.steps", Rewriting.Epochs),
        new("batch_size", Second, "run.batch_size"),
        new("optimizer_params.lr", Second, "run.learning_rate"),
        new("optimizer_params.bert_lr", Second, "bert_rate"),
        new("optimizer_params.ft_lr", Second, "fine_tune_rate"),
        new("save_freq", Second, "run.save_every", Rewriting.Epochs),
        new("max_len", Second, "crop_frames"),
        new("model_params.n_layer", Second, "prosody.layers"),
        new("model_params.max_dur", Second, "prosody.max_duration"),
        new("model_params.dropout", Second, "prosody.dropout"),
        new("model_params.diffusion.transformer.num_layers", Second, "diffusion.layers"),
        new("model_params.diffusion.transformer.num_heads", Second, "diffusion.heads"),
        new("model_params.diffusion.transformer.head_features", Second, "diffusion.head_size"),
        new("model_params.diffusion.transformer.multiplier", Second, "diffusion.multiplier"),
        new("model_params.diffusion.embedding_mask_proba", Second, "diffusion.drop_context"),
        new("model_params.diffusion.dist.mean", Second, "diffusion.log_sigma_mean"),
        new("model_params.diffusion.dist.std", Second, "diffusion.log_sigma_deviation"),
        new("model_params.multispeaker", Second, "diffusion.with_reference", Rewriting.Flag),
        new("model_params.slm.initial_channel", Second, "slm.discriminator_channels"),
        new("loss_params.lambda_mel", Second, "weights.mel"),
        new("loss_params.lambda_gen", Second, "weights.adversarial"),
        new("loss_params.lambda_slm", Second, "weights.slm"),
        new("loss_params.lambda_F0", Second, "weights.f0"),
        new("loss_params.lambda_norm", Second, "weights.energy"),
        new("loss_params.lambda_dur", Second, "weights.duration"),
        new("loss_params.lambda_ce", Second, "weights.duration_bits"),
        new("loss_params.lambda_sty", Second, "weights.style"),
        new("loss_params.lambda_diff", Second, "weights.diffusion"),
        new("loss_params.diff_epoch", Second, "diffusion_from", Rewriting.Epochs),
        new("loss_params.joint_epoch", Second, "joint_from", Rewriting.Epochs),
        new("loss_params.joint_epoch", Second, "slm_from", Rewriting.Epochs),
        new("slmadv_params.min_len", Second, "slmadv.min_len"),
        new("slmadv_params.max_len", Second, "slmadv.max_len"),
        new("slmadv_params.batch_percentage", Second, "slmadv.batch_percentage"),
        new("slmadv_params.iter", Second, "slmadv.iter"),
        new("slmadv_params.thresh", Second, "slmadv.thresh"),
        new("slmadv_params.scale", Second, "slmadv.scale"),
        new("slmadv_params.sig", Second, "slmadv.sig"),
        new("data_params.OOD_data", Second, "ood_data"),
        new("data_params.min_length", Second, "min_length"),
    ];

    static readonly (string Prefix, string Reason)[] Reasons =
    [
        ("data_params.train_data", "the recordings: make a dataset with kanade preprocess and give it with --dataset"),
        ("data_params.val_data", "the recordings: kanade preprocess splits them"),
        ("data_params.root_path", "the recordings: the argument of kanade preprocess"),
        ("preprocess_params.sr", "the dataset's: mel.sample_rate of a configuration of kind preprocess"),
        ("model_params.n_mels", "the dataset's: mel.bands of a configuration of kind preprocess"),
        ("log_dir", "a path: give --out"),
        ("first_stage_path", "a path: give --first"),
        ("F0_path", "a path: give --pitch (kanade import makes a run of it)"),
        ("ASR_config", "a path: give --aligner (kanade import makes a run of it)"),
        ("ASR_path", "a path: give --aligner (kanade import makes a run of it)"),
        ("PLBERT_dir", "a path: give --bert (kanade import makes a run of it)"),
        ("model_params.slm", $"{NoCounterpart}: slm.weights names the files of the speech language model, whose sizes they hold"),
        ("model_params.diffusion.dist", $"{NoCounterpart}: training always measures it"),
        ("pretrained_model", $"{NoCounterpart}: a run resumes from its own checkpoint"),
        ("second_stage_load_pretrained", $"{NoCounterpart}: a run resumes from its own checkpoint"),
        ("load_only_params", $"{NoCounterpart}: a run resumes from its own checkpoint"),
    ];

    /// <summary>Why a key of the original goes nowhere.</summary>
    public static string ReasonFor(string key) =>
        Reasons.FirstOrDefault(r => key == r.Prefix || key.StartsWith(r.Prefix + ".", StringComparison.Ordinal)).Reason ?? NoCounterpart;
}
