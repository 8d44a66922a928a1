"""What the stack's nodes share: parameters from typed models, images, clouds, transforms,
deadlines, diagnostics."""
