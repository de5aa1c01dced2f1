namespace Kanade.Models;

/// <summary>What carries context from phoneme to phoneme in the text encoder and the prosody predictor.</summary>
public enum ContextKind
{
    /// <summary>Stacks of mLSTM blocks, causal (Beck et al. 2024); Tsukasa's.</summary>
    MLstm,

    /// <summary>One bidirectional LSTM each; StyleTTS 2's (Li et al. 2023), whose checkpoints need it.</summary>
    Lstm,
}
